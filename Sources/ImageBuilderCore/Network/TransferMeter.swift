import Synchronization

/// Adds up the bytes of concurrent transfers.
final class TransferMeter: Sendable {
  /// Reports are not more frequent.
  private static let interval: Duration = .milliseconds(500)

  private struct State {
    var bytes: UInt64 = 0
    var lastReport: Int64 = 0
  }

  private let state = Mutex(State())
  private let report: @Sendable (UInt64) -> Void

  /// - Parameter report: receives the number of bytes that have been transferred so far.
  init(report: @escaping @Sendable (UInt64) -> Void) {
    self.report = report
  }

  /// A counter for one transfer.
  func counter() -> Counter { Counter(self) }

  private func replace(_ old: UInt64, by new: UInt64) {
    let total: UInt64? = state.withLock { state in
      state.bytes = state.bytes - old + new
      let now = monotonicNanoseconds()
      guard .nanoseconds(now - state.lastReport) >= Self.interval else { return nil }
      state.lastReport = now
      return state.bytes
    }
    if let total { report(total) }
  }

  /// The bytes of one transfer. When it is tried again, they decrease.
  final class Counter: Sendable {
    private let meter: TransferMeter
    private let bytes = Mutex<UInt64>(0)

    fileprivate init(_ meter: TransferMeter) {
      self.meter = meter
    }

    /// Sets the number of bytes that have been transferred.
    func report(_ sent: UInt64) {
      bytes.withLock { bytes in
        meter.replace(bytes, by: sent)
        bytes = sent
      }
    }

    /// Sets the number at the end of the transfer.
    func finish(_ sizeInBytes: UInt64) { report(sizeInBytes) }
  }
}
