import Glibc
import Synchronization
import SystemPackage

/// Tells the build which steps a stage takes, how long they take and how much they write.
struct StepTimes: Sendable {
  private static let count = Atomic(0)

  private let stage: Stage
  private let send: @Sendable (StepEvent) -> Void

  /// - Parameter send: gets the events; they are not worth a build when they cannot be sent.
  init(_ stage: Stage, send: @escaping @Sendable (StepEvent) -> Void = Output.event) {
    self.stage = stage
    self.send = send
  }

  /// Runs `body` as a step, which ends also when `body` fails.
  ///
  /// - Parameter file: what grows meanwhile.
  func measure<Result>(
    _ name: String, level: Step.Level = .step, growing file: FilePath? = nil,
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    try await measure(name, level: level) { report in
      let growth = file.map { FileGrowth(of: $0, report: report) }
      defer { growth?.stop() }
      return try await body()
    }
  }

  /// Runs `body` as a step and gives it what takes the bytes that it is at.
  func measure<Result>(
    _ name: String, level: Step.Level = .step,
    _ body: (_ report: @escaping @Sendable (UInt64) -> Void) async throws -> Result
  ) async rethrows -> Result {
    let number = Self.count.add(1, ordering: .relaxed).newValue
    let step = Step(
      id: "\(getpid()).\(number)", level: level, name: name, stage: stage,
      begin: monotonicNanoseconds())
    let writtenBefore = WrittenBytes.now()
    func end(_ hasSucceeded: Bool) {
      let written = WrittenBytes.now().flatMap { now in writtenBefore.map { now - $0 } }
      send(
        .end(
          id: step.id,
          StepEnd(
            elapsed: .nanoseconds(monotonicNanoseconds() - step.begin), hasSucceeded: hasSucceeded,
            writtenBytes: written)))
    }
    send(.begin(step))
    do {
      let result = try await body { [send] in send(.bytes(id: step.id, $0)) }
      end(true)
      return result
    } catch {
      end(false)
      throw error
    }
  }
}

/// The time of the monotonic clock.
func monotonicNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
