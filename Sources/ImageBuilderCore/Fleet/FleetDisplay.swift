import Configuration
import Glibc
import SystemPackage

/// Shows the builds of a fleet on standard error. On a terminal, each running build has a line at the
/// bottom, and below them is what is left to do; elsewhere each event is a line.
struct FleetDisplay {
  /// A running build.
  private struct Running {
    let name: String
    let begin: Int64
    var step: String
  }

  private let isLive: Bool
  private var lines = LiveLines()
  private var running: [Running] = []
  /// The variants that wait, in the order in which they begin.
  private var waiting: [String]
  private var ended: (succeeded: Int, failed: Int) = (0, 0)

  init(_ names: [String], isLive: Bool) {
    waiting = names
    self.isLive = isLive
  }

  mutating func begin(_ name: String, _ step: String = "begins") {
    waiting.removeAll { $0 == name }
    running.append(Running(name: name, begin: monotonicNanoseconds(), step: step))
    if !isLive { say("\(name): \(step)") }
    refresh()
  }

  /// A stage or a step of a stage has begun.
  mutating func show(_ name: String, stage: String, label: String) {
    guard let index = running.firstIndex(where: { $0.name == name }) else { return }
    running[index].step = label
    if !isLive && stage == label { say("\(name): \(label)") }
  }

  mutating func end(_ outcome: BuildOutcome) {
    running.removeAll { $0.name == outcome.name }
    waiting.removeAll { $0 == outcome.name }
    let seconds = formattedSeconds(outcome.elapsed)
    let text: String
    switch outcome.result {
    case .built(let version):
      ended.succeeded += 1
      text = "\(outcome.name): built \(version) in \(seconds)"
    case .published(let places):
      ended.succeeded += 1
      text = "\(outcome.name): published to \(places.joined(separator: ", ")) in \(seconds)"
    case .submitted(let job):
      ended.succeeded += 1
      text = "\(outcome.name): submitted as job \(job)"
    case .failed(_, let cause):
      ended.failed += 1
      text = "\(outcome.name): failed after \(seconds): \(cause)"
    }
    if isLive {
      let mark = if case .failed = outcome.result { "! " } else { "  " }
      lines.draw(
        drawn,
        above: mark
          + text.split(separator: "\n").map(String.init)
          .map(TerminalText.clean).joined(separator: "\n    "))
    } else {
      say(text)
    }
  }

  /// Updates the elapsed times.
  mutating func refresh() {
    if isLive { lines.draw(drawn) }
  }

  /// Removes the lines at the bottom.
  mutating func close() {
    if isLive { lines.draw([]) }
  }

  private var drawn: [String] {
    guard !running.isEmpty || !waiting.isEmpty else { return [] }
    let now = monotonicNanoseconds()
    let width = running.map { TerminalText.columns($0.name) }.max() ?? 0
    let builds = running.map { build in
      let seconds = formattedSeconds(.nanoseconds(now - build.begin))
      return "> " + padded(seconds, to: 9, isRight: true) + "  " + padded(build.name, to: width)
        + "  " + TerminalText.clean(build.step)
    }
    return builds + [summary]
  }

  private var summary: String {
    let counts = [
      (ended.succeeded, "done"), (ended.failed, "failed"), (running.count, "running"),
      (waiting.count, "left"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return counts + (waiting.first.map { "; next: \($0)" } ?? "")
  }

  /// Shows a line that stays.
  mutating func say(_ text: String) {
    guard !isLive else { return lines.draw(drawn, above: TerminalText.clean(text)) }
    Self.print(text)
  }

  /// Writes a line with the time in UTC to standard error.
  static func print(_ text: String) {
    let clock = UTCDate.text(UInt64(time(nil))).dropFirst(11).dropLast()
    _ = try? FileDescriptor.standardError.writeAll("\(clock) \(text)\n".utf8)
  }
}

/// Returns a text with spaces on one side, so that it takes a number of columns.
func padded(_ text: String, to columns: Int, isRight: Bool = false) -> String {
  let spaces = String(repeating: " ", count: max(0, columns - TerminalText.columns(text)))
  return isRight ? spaces + text : text + spaces
}
