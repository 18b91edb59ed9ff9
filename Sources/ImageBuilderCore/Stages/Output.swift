import Glibc
import Synchronization
import SystemPackage

/// The lines that a stage writes; the build adds the time and filters them.
enum Output {
  /// Whether `--debug` was given.
  static let isDebugging = currentEnvironment()["EIB_DEBUG"] == "1"

  private static let lock = Mutex(())

  /// Writes `LABEL: LINE` at once and whole, so that lines of two sources never mix.
  static func line(_ label: String, _ line: String) { write("\(label): \(line)") }

  /// Tells the build about a step; outside of one there is nobody to tell.
  static func event(_ event: StepEvent) {
    if let line = try? StepChannel.inherited?.line(event) { write(line) }
  }

  private static func write(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    lock.withLock { _ in _ = try? FileDescriptor.standardError.writeAll(bytes) }
  }
}

/// A duration for people: `0.3 s`, `72.0 s`.
func formattedSeconds(_ duration: Duration) -> String {
  let tenths =
    (duration.components.seconds * 10)
    + (duration.components.attoseconds + 50_000_000_000_000_000) / 100_000_000_000_000_000
  return "\(tenths / 10).\(tenths % 10) s"
}
