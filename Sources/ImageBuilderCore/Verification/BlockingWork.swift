import Dispatch

/// Runs work that waits or computes for long on a thread of its own, because the threads of tasks
/// are as many as there are processors.
func onOwnThread<Result: Sendable>(
  _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "blocking-work").async {
      continuation.resume(with: Swift.Result { try body() })
    }
  }
}
