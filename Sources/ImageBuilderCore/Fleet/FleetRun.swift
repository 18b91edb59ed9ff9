import Configuration
import Glibc
import SystemPackage

/// `fleet build`: builds and publishes what is not up to date.
package struct FleetRun: Sendable {
  let fleet: Fleet
  let jobs: Int?
  let bootTest: Bool?
  let rebuilds: Bool
  let waits: Bool
  let isLive: Bool

  package init(
    _ fleet: Fleet, jobs: Int?, bootTest: Bool?, rebuilds: Bool, waits: Bool, isLive: Bool
  ) {
    (self.fleet, self.jobs, self.bootTest) = (fleet, jobs, bootTest)
    (self.rebuilds, self.waits, self.isLive) = (rebuilds, waits, isLive)
  }

  /// Builds, and waits for builds of others.
  ///
  /// - Throws: `BuildError.notRoot`; `FleetLocked`; `UnreachableDestination`; `Interruption` after a
  ///   signal, when the builds have ended.
  package func run() throws -> FleetSummary {
    guard geteuid() == 0 else { throw BuildError.notRoot }
    return try TerminationSignals.run {
      try await FleetLock.holding(fleet) { directory in try await build(directory) }
    }
  }

  private func build(_ directory: FilePath) async throws -> FleetSummary {
    let released = try fleet.released()
    try await released.check()
    var look = FleetLook(fleet: fleet, released: released, rebuilds: rebuilds)
    var found = try await look.run()
    look.trees = found.trees
    var summary = FleetSummary(fleet: fleet.name, buildVersion: fleet.build.buildVersion)
    // Versions of this run are not built again when a build of somebody else has ended.
    look.rebuilds = false
    var done: Set<String> = []
    while true {
      let members = fleet.members.filter { !done.contains($0.name) }
      let outcomes = try await run(members, found, directory)
      summary.add(outcomes)
      if Task.isCancelled {
        summary.finish(found.states)
        _ = try? FileDescriptor.standardError.writeAll(summary.text(hasColors: false).utf8)
        throw CancellationError()
      }
      done.formUnion(outcomes.map(\.name))
      let waiting = members.filter { member in
        found.states[member.name]?.isBeingBuilt == true
      }
      guard waits, !waiting.isEmpty else { break }
      try await waitForOthers(waiting)
      found = try await look.run()
      look.trees = found.trees
    }
    let end = done.isEmpty ? found : try await look.run()
    summary.add(
      try await FleetCompletion(fleet: fleet, released: released).run(end, scratch: directory))
    summary.finish(end.states)
    return summary
  }

  /// Waits until somebody else's builds have ended, here and on the cluster.
  private func waitForOthers(_ members: [Fleet.Member]) async throws {
    for member in members {
      FleetDisplay.print("waiting for somebody else's build of \(member.name)")
      try await FleetLock.waitForBuild(of: member)
    }
    guard fleet.settings.scheduler == .slurm else { return }
    let watch = JobWatch(queue: SlurmQueue()) { FleetDisplay.print($0) }
    try await watch.wait(for: Set(members.map(\.published)), fleet.build.buildVersion) { _, _ in }
  }

  private func run(
    _ members: [Fleet.Member], _ found: FleetLook.Result, _ directory: FilePath
  ) async throws -> [BuildOutcome] {
    var jobs: [FleetJob] = []
    var refused: [BuildOutcome] = []
    for member in members {
      guard case .build = found.states[member.name]?.need, let pins = found.pins[member.name] else {
        continue
      }
      do {
        jobs.append(
          FleetJob(member: member, need: try BuildNeed(member, bootTest: bootTest), pins: pins))
      } catch {
        refused.append(
          BuildOutcome(
            name: member.name,
            result: .failed(
              ExitStatus(of: error), cause: member.configuration.secretFilter("\(error)")),
            elapsed: .zero))
      }
    }
    let arguments = BuildArguments(fleet: fleet, bootTest: bootTest)
    let display = FleetDisplay(
      jobs.map(\.member.name), isLive: isLive && ProgressForm.isLiveTerminal)
    switch fleet.settings.scheduler {
    case nil:
      return refused
        + (await LocalRun(
          jobs, Admission(jobs: self.jobs ?? fleet.settings.jobs), display, arguments,
          directory: directory
        ).run())
    case .slurm:
      let run = SlurmRun(fleet: fleet, arguments: arguments, queue: SlurmQueue(), waits: waits)
      return refused + (try await run.run(jobs, display))
    }
  }
}
