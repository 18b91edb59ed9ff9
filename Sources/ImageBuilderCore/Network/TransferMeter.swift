import Synchronization

/// Adds up the bytes of concurrent transfers.
final class TransferMeter: Sendable {
  private let total = Atomic<UInt64>(0)
  private let report: @Sendable (UInt64) -> Void

  /// - Parameter report: receives the number of bytes that have been transferred so far. It is called
  ///   for every change.
  init(report: @escaping @Sendable (UInt64) -> Void) {
    self.report = report
  }

  /// A counter for one transfer.
  func counter() -> Counter { Counter(self) }

  /// The bytes of one transfer. When it is tried again, they decrease.
  final class Counter: Sendable {
    private let meter: TransferMeter
    private let bytes = Mutex<UInt64>(0)

    fileprivate init(_ meter: TransferMeter) {
      self.meter = meter
    }

    /// Sets the number of bytes that have been transferred.
    func report(_ sent: UInt64) {
      let total = bytes.withLock { bytes in
        defer { bytes = sent }
        return meter.total.wrappingAdd(sent &- bytes, ordering: .relaxed).newValue
      }
      meter.report(total)
    }
  }
}
