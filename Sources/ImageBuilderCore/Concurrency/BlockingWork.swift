import Dispatch
import Synchronization

/// Long calculations on threads of their own, so that they do not hold those of Swift's tasks.
enum BlockingWork {
  /// Whether the task that waits for the work was cancelled.
  final class Cancellation: Sendable {
    private let flag = Atomic(false)

    fileprivate func cancel() { flag.store(true, ordering: .relaxed) }

    /// - Throws: `CancellationError` when nobody wants the result any more.
    func check() throws {
      if flag.load(ordering: .relaxed) { throw CancellationError() }
    }
  }

  /// Runs `body`, which asks `Cancellation` now and then, and waits for its end.
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
