import Configuration
import Glibc
import SystemPackage

/// A display of the progress of a build.
protocol BuildDisplay: Sendable {
  /// Whether the display changes as time passes.
  var isLive: Bool { get }

  /// Shows a line of the log, or ignores it. Private values have been removed from the line.
  ///
  /// - Parameter clock: the time in UTC, as text.
  mutating func show(_ line: LogLine, clock: String, _ steps: BuildSteps)

  /// Shows an event. `steps` includes the effect of the event.
  mutating func show(_ event: StepEvent, _ steps: BuildSteps)

  /// Updates the elapsed times.
  mutating func refresh(_ steps: BuildSteps)

  /// Shows the result of the build, before the last messages of the build.
  mutating func end(_ result: BuildResult)
}

extension ProgressForm {
  /// Returns the display for this form.
  ///
  /// - Parameters:
  ///   - outputVersion: the version of the outputs.
  ///   - isDebugging: whether all lines are shown.
  func display(outputVersion: String, isDebugging: Bool) -> any BuildDisplay {
    switch self {
    case .auto where Self.isLiveTerminal: LiveDisplay(showsAllLines: isDebugging)
    case .auto, .plain: PlainDisplay(showsTraces: isDebugging)
    case .json(let descriptor):
      JSONDisplay(descriptor, outputVersion: outputVersion, showsTraces: isDebugging)
    }
  }

  /// Whether standard error is a terminal on which lines can be drawn again.
  static var isLiveTerminal: Bool {
    let terminal = currentEnvironment()["TERM"] ?? ""
    return isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(terminal)
  }
}

/// The result of a build.
struct BuildResult: Sendable {
  let status: Int32
  let elapsed: Duration
  /// The facts of a failure, without private values.
  let failure: Failure?
}

/// Shows the lines of the log, with traces only if `showsTraces` is set.
struct PlainDisplay: BuildDisplay {
  let isLive = false
  let showsTraces: Bool

  func show(_ line: LogLine, clock: String, _ steps: BuildSteps) {
    guard showsTraces || !line.isDetail else { return }
    _ = try? FileDescriptor.standardError.writeAll("\(clock) \(line.text)\n".utf8)
  }

  func show(_ event: StepEvent, _ steps: BuildSteps) {}
  func refresh(_ steps: BuildSteps) {}
  func end(_ result: BuildResult) {}
}
