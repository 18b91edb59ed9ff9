import Configuration
import Glibc
import Synchronization
import SystemPackage

/// Writes the log lines of a stage. The build adds the time and removes private values.
enum StageLog {
  /// Whether `--debug` was given.
  static let isDebugging = BuildVariable.debug.value == "1"

  private static let lock = Mutex(())

  /// Writes `LABEL: LINE`, with the mark of traces in front of what only build.txt and `--debug` show.
  static func line(_ label: String, _ line: String, isDetail: Bool = false) {
    write("\(isDetail ? "\(BashTrace.mark)" : "")\(label): \(line)")
  }

  /// Writes a line at once, so that lines from two threads do not mix.
  static func write(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    lock.withLock { _ in _ = try? FileDescriptor.standardError.writeAll(bytes) }
  }
}
