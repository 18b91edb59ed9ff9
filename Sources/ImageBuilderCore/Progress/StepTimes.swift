import Configuration
import Glibc
import Synchronization
import SystemPackage

/// Reports the steps of a stage to the build, with their duration and the bytes that they write.
struct StepTimes: Sendable {
  private static let count = Atomic(0)

  private let stage: Stage
  private let send: @Sendable (StepEvent) -> Void

  /// - Parameter send: receives the events.
  init(_ stage: Stage, send: @escaping @Sendable (StepEvent) -> Void) {
    self.stage = stage
    self.send = send
  }

  /// Runs `body` as a step. The step also ends if `body` throws.
  ///
  /// - Parameter files: all files that the step writes, if they are known.
  func measure<Result>(
    _ name: String, level: Step.Level = .step, writing files: [FilePath] = [],
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    try await measure(name, level: level, writing: files) { report in
      let growth = files.isEmpty ? nil : FileGrowth(of: files, report: report)
      defer { growth?.stop() }
      return try await body()
    }
  }

  /// Runs `body` as a step. `body` gets a function that reports the number of bytes so far; it may be
  /// called at any rate.
  ///
  /// - Parameter total: the number of bytes that the step transfers, if it is known.
  func measure<Result>(
    _ name: String, level: Step.Level = .step, writing files: [FilePath] = [],
    ofBytes total: UInt64? = nil,
    _ body: (_ report: @escaping @Sendable (UInt64) -> Void) async throws -> Result
  ) async rethrows -> Result {
    let id = "\(getpid()).\(Self.count.add(1, ordering: .relaxed).newValue)"
    let begin = monotonicNanoseconds()
    send(
      .begin(
        Step(id: id, level: level, name: name, stage: stage, begin: begin, totalBytes: total)))
    var hasSucceeded = false
    defer {
      send(
        .end(
          id: id,
          StepEnd(
            elapsed: .nanoseconds(monotonicNanoseconds() - begin), hasSucceeded: hasSucceeded,
            writtenBytes: files.isEmpty ? nil : FileGrowth.allocatedBytes(files))))
    }
    let interval = ReportInterval()
    let result = try await body { [send] bytes in
      if interval.isOver() { send(.bytes(id: id, bytes)) }
    }
    hasSucceeded = true
    return result
  }
}

/// Limits reports to one in half a second.
private final class ReportInterval: Sendable {
  private let last = Atomic<Int64>(0)

  func isOver() -> Bool {
    let now = monotonicNanoseconds()
    let last = last.load(ordering: .relaxed)
    guard now - last >= 500_000_000 else { return false }
    return self.last.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
  }
}

/// Returns the time of the monotonic clock.
func monotonicNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
