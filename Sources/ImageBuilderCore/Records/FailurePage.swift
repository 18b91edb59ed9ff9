import Configuration
import SystemPackage

/// The text of the report of a failure, which fits on one page.
struct FailurePage {
  private static let longestPage = 40
  private static let longestMessage = 14
  private static let stepCount = 8

  let failure: Failure
  let steps: BuildSteps
  let paths: BuildPaths

  /// The page, with a newline at the end.
  var text: String {
    var failure = failure
    failure.message = Self.shortened(failure.message)
    let end = self.end
    let room =
      Self.longestPage - end.count - failure.advice.count - Self.lines(failure.message).count
    failure.lastLines = failure.lastLines.suffix(max(3, room))
    return (Self.lines("error: \(failure.text)") + end).map(Self.cut).map { $0 + "\n" }.joined()
  }

  private var end: [String] {
    var lines = failure.cause?.text.map { ["  cause: \($0)"] } ?? []
    let table = StepTable(failed: steps, at: monotonicNanoseconds(), rows: Self.stepCount).text
    if !table.isEmpty { lines += ["  steps:"] + Self.lines(table).map { "    \($0)" } }
    if let resume = failure.resume {
      lines += ["  to go on, when the cause is removed:", "    \(resume)"]
    }
    lines.append("  the build is \(paths.outputVersion)")
    return lines + ["  the whole log is \(paths.log)\(Self.machine)"]
  }

  /// The machine of a job, because its files are there.
  private static var machine: String {
    guard let job = BuildVariable.slurmJob.value, let name = BuildVariable.slurmMachine.value else {
      return ""
    }
    return " on \(name), job \(job)"
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private static func shortened(_ message: String) -> String {
    let all = lines(message)
    guard all.count > longestMessage else { return message }
    return
      (all.prefix(longestMessage - 1)
      + ["    and \(all.count - longestMessage + 1) more lines, which are in the log"])
      .joined(separator: "\n")
  }

  private static func cut(_ line: String) -> String {
    let limit = HookOutput.longestReportedLineInBytes
    guard line.utf8.count > limit else { return line }
    return line[..<line.utf8.index(line.startIndex, offsetBy: limit)] + "..."
  }
}
