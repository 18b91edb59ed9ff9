import Configuration
import Glibc
import SystemPackage

/// How a build shows what it does.
protocol BuildDisplay: Sendable {
  /// Whether it changes by itself as time goes on.
  var isLive: Bool { get }

  /// Shows a line of the log, or hides it; private values are taken out of it.
  ///
  /// - Parameter clock: the time in UTC, for people.
  mutating func show(_ line: LogLine, clock: String, _ steps: BuildSteps)

  /// Shows what happened to the steps, which are those after it.
  mutating func show(_ event: StepEvent, _ steps: BuildSteps)

  /// Shows the time that passes.
  mutating func refresh(_ steps: BuildSteps)

  /// Shows how the build ended, before its last words.
  mutating func end(_ result: BuildResult)
}

extension ProgressForm {
  /// - Parameters:
  ///   - outputVersion: what is built.
  ///   - isDebugging: whether all lines are shown.
  func display(outputVersion: String, isDebugging: Bool) -> any BuildDisplay {
    switch self {
    case .auto where Self.isLiveTerminal: LiveDisplay(showsAllLines: isDebugging)
    case .auto, .plain: PlainDisplay(showsTraces: isDebugging)
    case .json(let descriptor):
      JSONDisplay(descriptor, outputVersion: outputVersion, showsTraces: isDebugging)
    }
  }

  private static var isLiveTerminal: Bool {
    let terminal = currentEnvironment()["TERM"] ?? ""
    return isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(terminal)
  }
}

/// How a build ended.
struct BuildResult: Sendable {
  let status: Int32
  let elapsed: Duration
  /// Private values are taken out of it.
  let cause: String?
}

/// The lines of the log, and nothing else.
struct PlainDisplay: BuildDisplay {
  let isLive = false
  let showsTraces: Bool

  func show(_ line: LogLine, clock: String, _ steps: BuildSteps) {
    guard showsTraces || !line.isTrace else { return }
    _ = try? FileDescriptor.standardError.writeAll("\(clock) \(line.text)\n".utf8)
  }

  func show(_ event: StepEvent, _ steps: BuildSteps) {}
  func refresh(_ steps: BuildSteps) {}
  func end(_ result: BuildResult) {}
}
