import Configuration
import Synchronization

/// Writes the output of a hook to the log, and keeps the last lines for the report of a failure.
final class HookOutput: Sendable {
  static let longestReportedLineInBytes = 900

  private let label: String
  private let secrets: SecretFilter
  private let traces = Mutex(TraceFinder())
  private let tail = LineTail(Failure.reportedLines)
  private let sandboxMessage = Mutex<String?>(nil)
  private let isOfBuild: Bool
  private let reportBytes: @Sendable (UInt64) -> Void

  /// - Parameters:
  ///   - isOfBuild: whether a build reads the log, which removes private values and keeps traces.
  ///     Otherwise this type does the first, and leaves traces out.
  ///   - reportBytes: receives the number of bytes that the hook reports.
  init(
    of hook: Hook, _ secrets: SecretFilter, isOfBuild: Bool = true,
    reportBytes: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) {
    label = hook.label
    self.secrets = secrets
    self.isOfBuild = isOfBuild
    self.reportBytes = reportBytes
  }

  /// The last lines, including traces, oldest first. Private values are replaced before a line is
  /// shortened, because a fragment of a value would not be found.
  var lastLines: [String] {
    tail.lines.map { line in
      let line = secrets(line)
      let limit = Self.longestReportedLineInBytes
      guard line.utf8.count > limit else { return line }
      return line[..<line.utf8.index(line.startIndex, offsetBy: limit)] + "..."
    }
  }

  /// The first message of bwrap, which prints nothing unless it fails. Programs that run others with
  /// it, such as flatpak, go on.
  var sandboxFailure: String? { sandboxMessage.withLock { $0 }.map { secrets($0) } }

  func receive(_ line: String) {
    if let bytes = HookProgress.bytes(in: line) { return reportBytes(bytes) }
    for line in traces.withLock({ $0.lines(line) }) {
      if !line.isTrace && line.text.hasPrefix("bwrap: ") {
        sandboxMessage.withLock { $0 = $0 ?? line.text }
      }
      tail.append(line.text)
      if isOfBuild {
        StageLog.line(label, line.text, isDetail: line.isTrace)
      } else if !line.isTrace {
        StageLog.line(label, secrets(line.text))
      }
    }
  }
}
