import Configuration
import Glibc
import Synchronization
import SystemPackage

/// Shows on standard error how much has been received: on a terminal in one line that changes every
/// second, elsewhere in a line every half minute.
final class TransferDisplay: Sendable {
  private struct State {
    var lastNanoseconds: Int64
    var isLineOpen = false
  }

  private static let nanosecondsPerSecond: Int64 = 1_000_000_000

  /// Sizes in manifests are not trusted.
  private static let largestShown = 1e15

  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let begin = monotonicNanoseconds()
  private let state: Mutex<State>

  init() {
    state = Mutex(State(lastNanoseconds: begin))
  }

  /// - Parameter expected: the number of bytes at the end; 0 if it is not known.
  func show(received: UInt64, of expected: UInt64) {
    let now = monotonicNanoseconds()
    let interval = Self.nanosecondsPerSecond * (isTerminal ? 1 : 30)
    state.withLock {
      guard now - $0.lastNanoseconds >= interval else { return }
      $0.lastNanoseconds = now
      let text = Self.text(
        received: received, of: expected, seconds: Double(now - begin) / 1e9)
      $0.isLineOpen = isTerminal
      write(isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n")
    }
  }

  /// Prints a line of its own.
  func show(line: String) {
    state.withLock {
      write(($0.isLineOpen ? "\r\u{1B}[K" : "") + "\(visible(line))\n")
      $0.isLineOpen = false
    }
  }

  /// Erases the line that changes.
  func end() {
    state.withLock {
      if $0.isLineOpen { write("\r\u{1B}[K") }
      $0.isLineOpen = false
    }
  }

  /// `812.0 MiB of 1.2 GiB, 45.1 MiB/s, 9 s left`.
  static func text(received: UInt64, of expected: UInt64, seconds: Double) -> String {
    let rate = seconds > 0 ? min(Double(received) / seconds, largestShown) : 0
    let speed = "\(formattedSize(UInt64(rate)))/s"
    guard expected > received, rate > 0 else { return "\(formattedSize(received)), \(speed)" }
    let left = Duration.seconds(min(Double(expected - received) / rate, largestShown))
    return "\(formattedSize(received)) of \(formattedSize(expected)), \(speed), "
      + "\(formattedSeconds(left)) left"
  }

  private func write(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll(text.utf8)
  }
}
