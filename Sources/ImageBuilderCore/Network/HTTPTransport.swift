import Bindings
import Synchronization

/// Sends the HTTP requests of concurrent tasks. Connections are kept for later requests. Nothing is
/// tried again.
final class HTTPTransport: Sendable {
  private let idle = Mutex<[HTTPConnection]>([])

  /// Sends a request. The transfer ends when the task is cancelled.
  ///
  /// - Parameter report: receives the number of bytes that have been sent so far. It is called on the
  ///   thread of the transfer.
  /// - Throws: `TransferError`; `CancellationError`.
  func send(
    _ request: HTTPRequest, reportSent report: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) async throws -> HTTPResponse {
    try await perform { connection, isCancelled in
      try connection.send(
        request, watch: TransferWatch(isCancelled: isCancelled, report: { sent, _ in report(sent) })
      )
    }
  }

  /// Sends a request, and passes the content of a successful answer to `sink` as it arrives, on the
  /// thread of the transfer.
  ///
  /// - Throws: `TransferError`; `CancellationError`; what `sink` throws.
  func send(
    _ request: HTTPRequest, to sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> HTTPResponse {
    try await perform { connection, isCancelled in
      try connection.send(request, watch: TransferWatch(isCancelled: isCancelled), to: sink)
    }
  }

  /// Sends a request until the answer is a success, or until the policy ends.
  ///
  /// - Throws: `TransferError`, also for an answer that is no success; `CancellationError`.
  func answer(to request: HTTPRequest, _ policy: RetryPolicy) async throws -> HTTPResponse {
    try await policy.run {
      let response = try await send(request)
      try response.requireSuccess(of: request.url)
      return response
    }
  }

  private func perform(
    _ body: @escaping @Sendable (HTTPConnection, @escaping () -> Bool) throws -> HTTPResponse
  ) async throws -> HTTPResponse {
    let connection = try idle.withLock { $0.popLast() } ?? HTTPConnection()
    defer { idle.withLock { $0.append(connection) } }
    do {
      return try await BlockingWork.run { cancellation in
        try body(connection) { cancellation.isCancelled }
      }
    } catch let error as TransferError where error.kind == .cancelled {
      throw CancellationError()
    }
  }
}
