import Configuration
import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// The log of a build: each line goes to build.txt, with the time in UTC in front and private values
/// taken out, and to what shows the build.
final class BuildLog: Sendable {
  private struct State: Sendable {
    let file: FileDescriptor
    var display: any BuildDisplay
    var steps = BuildSteps()
  }

  /// What takes private values out.
  let filter: SecretFilter
  /// How stages tell their steps.
  let channel = StepChannel()
  private let state: Mutex<State>
  private let begin = ContinuousClock.now
  private let lastLines = LineTail()

  /// Begins a log file, or goes on with the one of earlier stages.
  ///
  /// - Throws: `Errno`.
  init(_ path: FilePath, filter: SecretFilter, _ display: any BuildDisplay) throws {
    self.filter = filter
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .append, .closeOnExec, .noFollow],
      permissions: .worldReadable)
    state = Mutex(State(file: file, display: display))
    if display.isLive { refreshWhileAlive() }
  }

  deinit {
    state.withLock { try? $0.file.close() }
  }

  /// Adds one line or more of the build itself.
  func write(_ text: String) {
    write(text, .build)
  }

  /// Takes a line of buildscript, which may be an event.
  func receive(_ line: String) {
    if let event = channel.event(line) { return apply(event) }
    lastLines.append(line)
    write(line, .script)
  }

  /// Adds the table of all steps.
  ///
  /// - Returns: how long the build took.
  func writeTable() -> Duration {
    let elapsed = ContinuousClock.now - begin
    write(StepTable(stopSteps(), total: elapsed).text)
    return elapsed
  }

  /// What `error` is when it is one of buildscript: its last lines without those that are events.
  func withoutEvents(_ error: any Error) -> any Error {
    guard let failure = error as? CommandFailure else { return error }
    return CommandFailure(
      command: failure.command, reason: failure.reason, lastLines: lastLines.lines)
  }

  /// Takes the end of the build.
  func end(_ status: ExitStatus, cause: String? = nil) {
    let result = BuildResult(
      status: status.rawValue, elapsed: ContinuousClock.now - begin, cause: cause.map { filter($0) }
    )
    state.withLock { $0.display.end(result) }
  }

  /// Nothing runs any more, and no line of a step stands in the way of what is said next.
  @discardableResult
  func stopSteps() -> BuildSteps {
    state.withLock { state in
      state.steps.stop()
      state.display.refresh(state.steps)
      return state.steps
    }
  }

  private func write(_ text: String, _ source: LogLine.Source) {
    let clock = Self.clockTime()
    for line in filter(text).split(separator: "\n", omittingEmptySubsequences: false) {
      state.withLock { state in
        _ = try? state.file.writeAll("\(clock) \(line)\n".utf8)
        state.display.show(
          LogLine(text: String(line), source: source), clock: clock, state.steps)
      }
    }
  }

  private func apply(_ event: StepEvent) {
    var event = event
    if case .begin(var step) = event {
      step.name = filter(step.name)
      event = .begin(step)
    }
    state.withLock { state in
      state.steps.apply(event, at: monotonicNanoseconds())
      state.display.show(event, state.steps)
    }
  }

  private func refreshWhileAlive() {
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "refresh"))
    timer.setEventHandler { [weak self] in
      guard let self else { return timer.cancel() }
      state.withLock { $0.display.refresh($0.steps) }
    }
    timer.schedule(deadline: .now(), repeating: .milliseconds(250))
    timer.resume()
  }

  private static func clockTime() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    return [parts.tm_hour, parts.tm_min, parts.tm_sec]
      .map { $0 < 10 ? "0\($0)" : "\($0)" }
      .joined(separator: ":")
  }
}
