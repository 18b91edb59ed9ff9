/// The process was asked to end by a signal, and what it ran has ended.
package struct Interruption: Error, Equatable, Sendable {
  /// SIGTERM, SIGINT or SIGHUP.
  package let signal: Int32

  package init(signal: Int32) {
    self.signal = signal
  }
}
