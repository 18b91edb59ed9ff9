import Configuration
import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// The log of a build. Each line is filtered, written to build.txt with the time (UTC), and passed
/// to the display.
final class BuildLog: Sendable {
  private struct State: Sendable {
    let file: FileDescriptor
    var display: any BuildDisplay
    var steps = BuildSteps()
  }

  /// Removes private values.
  let filter: SecretFilter
  /// The channel through which stages report their steps.
  let channel = StepChannel()
  private let state: Mutex<State>
  private let begin = ContinuousClock.now

  /// Creates the log file, or continues the log of earlier stages.
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

  /// Writes one or more lines of the build itself.
  func write(_ text: String) {
    write(LogLine(text: text, source: .build))
  }

  /// Receives a line from buildscript, which may be an event.
  func receive(_ line: String) {
    if let event = channel.event(line) { return apply(event) }
    write(LogLine(received: line))
  }

  /// Writes the table of all steps.
  ///
  /// - Returns: the duration of the build.
  func writeTable() -> Duration {
    let elapsed = ContinuousClock.now - begin
    write(StepTable(stopSteps(), total: elapsed).text)
    return elapsed
  }

  /// Reports the end of the build to the display.
  ///
  /// - Parameter failure: without private values.
  func end(_ status: ExitStatus, _ failure: Failure? = nil) {
    let result = BuildResult(
      status: status.rawValue, elapsed: ContinuousClock.now - begin, failure: failure)
    state.withLock { $0.display.end(result) }
  }

  /// Stops all steps, so that no line of a running step is in the way of the next output.
  ///
  /// - Returns: all steps.
  @discardableResult
  func stopSteps() -> BuildSteps {
    state.withLock { state in
      state.steps.stop()
      state.display.refresh(state.steps)
      return state.steps
    }
  }

  private func write(_ line: LogLine) {
    let clock = Self.clockTime()
    for text in filter(line.text).split(separator: "\n", omittingEmptySubsequences: false) {
      let line = LogLine(text: String(text), source: line.source, isDetail: line.isDetail)
      state.withLock { state in
        _ = try? state.file.writeAll("\(clock) \(line.text)\n".utf8)
        state.display.show(line, clock: clock, state.steps)
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
