/// The steps of a build, as its stages report them.
struct BuildSteps: Sendable {
  /// The number of bytes at a certain time.
  struct Position: Sendable {
    let bytes: UInt64
    /// Nanoseconds of the monotonic clock.
    let time: Int64
  }

  /// A running step.
  struct Running: Sendable {
    let step: Step
    /// The last two known positions, the older one first.
    fileprivate(set) var positions: [Position] = []

    /// Returns the current rate. It decreases while no positions are reported. Nil if it is
    /// unknown.
    func bytesPerSecond(at now: Int64) -> UInt64? {
      guard positions.count == 2, positions[1].bytes >= positions[0].bytes else { return nil }
      let seconds = Double(max(now - positions[0].time, 1)) / 1e9
      return UInt64(Double(positions[1].bytes - positions[0].bytes) / seconds)
    }

    /// Returns how long the step takes at the average rate since its begin; nil if it is unknown.
    func secondsLeft(at now: Int64) -> UInt64? {
      guard let total = step.totalBytes, let bytes = positions.last?.bytes, bytes > 0,
        bytes <= total
      else { return nil }
      let elapsed = Double(max(now - step.begin, 1)) / 1e9
      return UInt64((Double(total - bytes) / Double(bytes) * elapsed).rounded(.up))
    }
  }

  /// The running steps, in the order in which they began.
  private(set) var running: [Running] = []
  /// The ended steps, in the order in which they ended.
  private(set) var ended: [(step: Step, end: StepEnd)] = []

  mutating func apply(_ event: StepEvent, at now: Int64) {
    switch event {
    case .begin(let step):
      // A killed stage has not ended its steps.
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

  /// Removes all running steps.
  mutating func stop() {
    running.removeAll()
  }

  /// Returns the running step that a line with this label belongs to: a hook, or the last step of a
  /// stage.
  func owner(ofLabel label: String) -> Running? {
    running.last {
      label == ($0.step.level == .hook ? $0.step.label : $0.step.stage.rawValue)
    }
  }

  private func index(_ id: String) -> Int? {
    running.firstIndex { $0.step.id == id }
  }
}
