import Configuration
import Synchronization

/// The output of a hook: its lines go to the log, and the last ones are kept for the report of a
/// failure.
final class HookOutput: Sendable {
  /// The file of the report has room for so many lines of this length.
  static let reportedLines = 30
  static let longestReportedLineInBytes = 900

  private let label: String
  private let secrets: SecretFilter
  private let traces = Mutex(TraceFinder())
  private let tail = LineTail(HookOutput.reportedLines)

  init(of hook: Hook, _ secrets: SecretFilter) {
    label = hook.label
    self.secrets = secrets
  }

  /// The last lines, traces included, oldest first. Private values are removed before a line is cut,
  /// because the rest of one would not be recognised.
  var lastLines: [String] {
    tail.lines.map { line in
      let line = secrets(line)
      let limit = Self.longestReportedLineInBytes
      guard line.utf8.count > limit else { return line }
      return line[..<line.utf8.index(line.startIndex, offsetBy: limit)] + "..."
    }
  }

  func receive(_ line: String) {
    for line in traces.withLock({ $0.lines(line) }) {
      tail.append(line.text)
      StageLog.line(label, line.text, isTrace: line.isTrace)
    }
  }
}
