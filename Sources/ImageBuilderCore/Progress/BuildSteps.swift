/// The steps of a build, as its stages tell them.
struct BuildSteps: Sendable {
  /// How far a step is.
  struct Position: Sendable {
    let bytes: UInt64
    /// Of the monotonic clock, in nanoseconds.
    let time: Int64
  }

  /// A step that runs.
  struct Running: Sendable {
    let step: Step
    /// The last two that are known, the older first.
    fileprivate(set) var positions: [Position] = []

    /// How fast it was lately; it falls while nothing is heard.
    func bytesPerSecond(at now: Int64) -> UInt64? {
      guard positions.count == 2, positions[1].bytes >= positions[0].bytes else { return nil }
      let seconds = Double(max(now - positions[0].time, 1)) / 1e9
      return UInt64(Double(positions[1].bytes - positions[0].bytes) / seconds)
    }
  }

  /// Those that run, in the order in which they began.
  private(set) var running: [Running] = []
  /// Those that ended, in the order in which they did.
  private(set) var ended: [(step: Step, end: StepEnd)] = []

  mutating func apply(_ event: StepEvent, at now: Int64) {
    switch event {
    case .begin(let step):
      // A stage that was killed has ended none of its steps.
      if step.level == .stage { running.removeAll() }
      running.append(Running(step: step))
    case .bytes(let id, let bytes):
      guard let index = index(id) else { return }
      running[index].positions =
        running[index].positions.suffix(1) + [Position(bytes: bytes, time: now)]
    case .end(let id, let end):
      guard let index = index(id) else { return }
      ended.append((running.remove(at: index).step, end))
    }
  }

  /// Nothing runs any more.
  mutating func stop() {
    running.removeAll()
  }

  /// The running step that a line of the log belongs to by its label: a hook, or what a stage is at.
  func owner(ofLabel label: String) -> Running? {
    running.last {
      label == ($0.step.level == .hook ? $0.step.label : $0.step.stage.rawValue)
    }
  }

  private func index(_ id: String) -> Int? {
    running.firstIndex { $0.step.id == id }
  }
}
