import Bindings

extension Cancellation {
  /// Calls `body` with a cancellation that is triggered when the current task is cancelled.
  ///
  /// - Throws: what `body` throws.
  static func ofTask<Result>(_ body: (Cancellation) throws -> Result) async throws -> Result {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try body(cancellation)
    } onCancel: {
      cancellation.cancel()
    }
  }
}
