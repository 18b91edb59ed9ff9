import Configuration

/// The display on a terminal. The running steps are at the bottom, one per line. Above them are
/// ended steps, warnings, messages of the build, and messages of a stage outside its steps.
struct LiveDisplay: BuildDisplay {
  let isLive = true
  private let showsAllLines: Bool
  private var lines = LiveLines()
  /// The last message of each running step, by the ID of the step.
  private var lastMessages: [String: String] = [:]

  init(showsAllLines: Bool) {
    self.showsAllLines = showsAllLines
  }

  mutating func show(_ line: LogLine, clock: String, _ steps: BuildSteps) {
    let owner = line.source == .build ? nil : steps.owner(ofLabel: line.label)
    if let owner, owner.step.level != .stage, !line.isDetail {
      lastMessages[owner.step.id] = String(line.message)
    }
    let isShown =
      line.source == .build || showsAllLines || line.isWarning
      || (!line.isDetail && owner?.step.level == .stage)
    if isShown { draw(steps, above: TerminalText.clean(line.text)) }
  }

  mutating func show(_ event: StepEvent, _ steps: BuildSteps) {
    switch event {
    case .begin: draw(steps)
    case .bytes: break
    case .end(let id, let end):
      lastMessages[id] = nil
      guard let step = steps.ended.last?.step, step.id == id else { return }
      let showsBytes = (end.writtenBytes ?? 0) >= 50_000
      let written =
        showsBytes ? end.writtenBytes.map { "\(formattedMegabytes($0)) written" } : nil
      draw(
        steps,
        above: Self.line(
          end.hasSucceeded ? " " : "!", end.elapsed,
          [step.label, end.hasSucceeded ? nil : "failed", written]))
    }
  }

  mutating func refresh(_ steps: BuildSteps) {
    if !steps.running.isEmpty { draw(steps) }
  }

  func end(_ result: BuildResult) {}

  private static func line(_ mark: String, _ elapsed: Duration, _ parts: [String?]) -> String {
    let seconds = formattedSeconds(elapsed)
    let padding = String(repeating: " ", count: max(0, 9 - seconds.count))
    return ([mark + padding + seconds] + parts.compactMap { $0 }).joined(separator: "  ")
  }

  /// Returns the line of a running step.
  func line(_ running: BuildSteps.Running, at now: Int64) -> String {
    let (step, bytes) = (running.step, running.positions.last?.bytes)
    let rate = running.bytesPerSecond(at: now)
    let size = bytes.map { bytes in
      (step.totalBytes.map { "\(formattedMegabytes(bytes)) of \(formattedMegabytes($0))" })
        ?? formattedMegabytes(bytes)
    }
    let words = bytes == nil ? lastMessages[step.id].map(TerminalText.clean) : nil
    return Self.line(
      ">", .nanoseconds(now - step.begin),
      [
        step.label, size, rate.map { "\(formattedMegabytes($0))/s" },
        running.secondsLeft(at: now).map { "\($0) s left" }, words,
      ])
  }

  private mutating func draw(_ steps: BuildSteps, above text: String? = nil) {
    let now = monotonicNanoseconds()
    lines.draw(steps.running.map { line($0, at: now) }, above: text)
  }
}
