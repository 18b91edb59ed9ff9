import Configuration
import Glibc
import Synchronization
import SystemPackage

/// The lines that a stage writes; the build adds the time and takes private values out of them.
enum StageLog {
  /// Whether `--debug` was given.
  static let isDebugging = BuildVariable.debug.value == "1"

  private static let lock = Mutex(())

  /// Writes `LABEL: LINE`, with a mark in front of a trace.
  static func line(_ label: String, _ line: String, isTrace: Bool = false) {
    write("\(isTrace ? "\(BashTrace.mark)" : "")\(label): \(line)")
  }

  /// Writes a line at once and whole, so that lines of two sources never mix.
  static func write(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    lock.withLock { _ in _ = try? FileDescriptor.standardError.writeAll(bytes) }
  }
}
