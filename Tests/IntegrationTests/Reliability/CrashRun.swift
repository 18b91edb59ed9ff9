import Foundation
import SystemPackage
import TestSupport

/// A build that is ended, and the state that it left.
struct CrashRun {
  let point: CrashPoint
  /// How the build was ended. If the process did not exist, its closest ancestor got the signal.
  private(set) var blow: CrashPoint.Blow
  /// The place of the build when it was ended.
  private(set) var place = ""
  /// Whether the build had reported that it published the outputs.
  private(set) var hasPublished = false
  /// The time between SIGTERM or SIGINT and the end of the build.
  private(set) var politeEnd = Duration.zero
  private(set) var problems: [String] = []

  private let site: CrashSite

  /// - Parameter cutPower: called immediately before the build is killed for a power cut.
  init(_ point: CrashPoint, on site: CrashSite, cutPower: () throws -> Void = {}) throws {
    self.site = site
    self.point = point
    blow = point.blow
    let before = try site.host.state(without: CrashSite.ownDirectories)
    let program = try site.start(in: "disk")
    wait(for: point.moment, of: program)
    let progress = BuildProgress(program.errors)
    place = progress.place
    hasPublished = progress.says("published to ")
    switch point.blow {
    case .powerCut:
      try cutPower()
      if program.isRunning { program.send(SIGKILL) }
      _ = program.wait()
    case .signal(let signal, let role):
      try end(program, signal, role)
    }
    try compareHost(with: before)
  }

  private func wait(for moment: CrashPoint.Moment, of program: RunningProgram) {
    func isReached() -> Bool {
      let progress = BuildProgress(program.errors)
      return switch moment {
      case .line(let number): progress.lines.count >= number
      case .within(let place, _): progress.hasReached(place)
      }
    }
    while program.isRunning && !isReached() { usleep(1000) }
    if case .within(let place, let fraction) = moment {
      let (seconds, attoseconds) = site.timeline.durations[place, default: .zero].components
      usleep(UInt32(fraction * (Double(seconds) * 1e6 + Double(attoseconds) / 1e12)))
    }
  }

  private mutating func end(
    _ program: RunningProgram, _ signal: Int32, _ role: BuildProcesses.Role
  ) throws {
    let clock = ContinuousClock()
    let (role, processID) = BuildProcesses(of: program.processID).nearest(role)
    blow = .signal(signal, role)
    let begin = clock.now
    if program.isRunning { kill(processID, signal) }
    while program.isRunning && clock.now - begin < .seconds(60) { usleep(2000) }
    if program.isRunning {
      problems.append("it did not end for a minute")
      program.send(SIGKILL)
    }
    let elapsed = clock.now - begin
    let outcome = program.wait()
    // The build succeeds if it was finished, or if it does not need the process that was ended.
    problems += try outcome.status == 0 ? site.flaws(in: "disk") : []
    if outcome.status != 0 { try expectFailure(outcome, signal, role, after: elapsed) }
  }

  private mutating func expectFailure(
    _ outcome: Outcome, _ signal: Int32, _ role: BuildProcesses.Role, after elapsed: Duration
  ) throws {
    let progress = BuildProgress(outcome.errors)
    let endsAll = [.program, .initProcess, .isolated].contains(role)
    if outcome.status != (endsAll ? 128 + signal : 2) {
      problems.append("it ended with \(outcome.status): \(outcome.errors.suffix(600))")
    }
    if endsAll && signal != SIGKILL {
      politeEnd = elapsed
      if elapsed > .seconds(5) { problems.append("it took \(elapsed) to end") }
    }
    // Without buildscript, the error stage does not run.
    if signal != SIGKILL || [.stage, .hook].contains(role) { expectErrorStage(progress) }
    if role != .program || signal != SIGKILL {
      let names = try site.unpublished(in: "disk")
      problems += names.map { "\($0) is left in the published directory" }
      if progress.says("building "), !progress.says("built "), !progress.says("signal "),
        !progress.says("error: ")
      {
        problems.append("no cause is told: \(progress.lines.suffix(5))")
      }
    }
  }

  /// Expects the error stage, which runs after each failure between the beginning of the first
  /// stage and the end of the last.
  private mutating func expectErrorStage(_ progress: BuildProgress) {
    let stages = BuildProgress.places.dropFirst().dropLast()
    if stages.contains(progress.place), progress.says("ostree/"),
      !progress.says("error/10-note: finished")
    {
      problems.append("there was no error stage: \(progress.lines.suffix(5))")
    }
  }

  /// Compares the host with its state before. The kernel ends the processes of a PID namespace only
  /// after the first one.
  private mutating func compareHost(with before: Set<String>) throws {
    var processes = site.host.processes()
    for _ in 0..<100 where !processes.isEmpty {
      usleep(50_000)
      processes = site.host.processes()
    }
    problems += processes.map { "a process is left: \($0)" }
    let after = try site.host.state(without: CrashSite.ownDirectories)
    problems += after.subtracting(before).sorted().map { "there is \($0)" }
  }
}
