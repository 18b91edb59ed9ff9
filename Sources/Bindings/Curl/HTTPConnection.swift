import CCurl
import Synchronization

/// Sends HTTP requests one after the other, over one connection if the server permits it.
///
/// Calls block their thread. Nothing is tried again.
public final class HTTPConnection: Sendable {
  /// Safe to share, because it is used under `lock`.
  private nonisolated(unsafe) let handle: UnsafeMutableRawPointer
  private let lock = Mutex(())

  /// - Throws: `TransferError` if libcurl cannot be initialized.
  public init() throws(TransferError) {
    guard let handle = curl_easy_init() else {
      throw TransferError("", "libcurl could not be initialized")
    }
    self.handle = handle
  }

  deinit {
    curl_easy_cleanup(handle)
  }

  /// Sends a request. Every status from 200 to 599 is an answer.
  ///
  /// - Parameter watch: called during the transfer, at least once a second.
  /// - Throws: `TransferError`.
  public func send(
    _ request: HTTPRequest, watch: TransferWatch = TransferWatch()
  ) throws(TransferError) -> HTTPResponse {
    let transfer = try HTTPTransfer(request, watch, sink: nil)
    return try perform(transfer)
  }

  /// Sends a request, and passes the content of a successful answer to `sink` as it arrives.
  ///
  /// - Throws: `TransferError`; what `sink` throws.
  public func send(
    _ request: HTTPRequest, watch: TransferWatch = TransferWatch(),
    to sink: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> HTTPResponse {
    let transfer = try HTTPTransfer(request, watch, sink: sink)
    do {
      return try perform(transfer)
    } catch {
      throw transfer.sinkError ?? error
    }
  }

  private func perform(_ transfer: HTTPTransfer) throws(TransferError) -> HTTPResponse {
    let result = lock.withLock { _ in
      Result<HTTPResponse, TransferError> { () throws(TransferError) in
        curl_easy_reset(handle)
        return try transfer.perform(with: handle)
      }
    }
    return try result.get()
  }
}

/// What is called during a transfer, on the thread of the transfer.
public struct TransferWatch {
  /// Receives the numbers of bytes of content that have been sent and received so far.
  let report: (_ sent: UInt64, _ received: UInt64) -> Void
  /// Ends the transfer by returning true.
  let isCancelled: () -> Bool

  /// Creates a watch.
  public init(
    isCancelled: @escaping () -> Bool = { false },
    report: @escaping (_ sent: UInt64, _ received: UInt64) -> Void = { _, _ in }
  ) {
    self.isCancelled = isCancelled
    self.report = report
  }
}
