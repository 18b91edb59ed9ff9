import Dispatch
import Synchronization

/// Runs long computations on their own threads, so that they do not block the threads of Swift's
/// concurrency.
enum BlockingWork {
  /// Whether the task that waits for the work has been cancelled.
  final class Cancellation: Sendable {
    private let flag = Atomic(false)

    fileprivate func cancel() { flag.store(true, ordering: .relaxed) }

    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// - Throws: `CancellationError` if the task has been cancelled.
    func check() throws {
      if isCancelled { throw CancellationError() }
    }
  }

  /// Runs `body` and waits until it ends. Long work should call `Cancellation.check()` regularly.
  ///
  /// - Throws: what `body` throws.
  static func run<Result: Sendable>(
    _ body: @escaping @Sendable (Cancellation) throws -> Result
  ) async throws -> Result {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "blocking-work").async {
          continuation.resume(with: Swift.Result { try body(cancellation) })
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }
}
