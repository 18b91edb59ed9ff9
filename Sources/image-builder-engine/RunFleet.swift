import ArgumentParser
import Commands
import Configuration
import ImageBuilderCore

/// Runs a command for a fleet, and prints its answer.
func runFleet(_ command: any ParsableCommand) throws -> ExitStatus {
  switch command {
  case let state as FleetState:
    let table = try FleetLook.table(of: state.fleet.load())
    try answer(state.fleet.json ? table.json() : table.text(hasColors: TerminalColors.areWanted))
    return .success
  case let build as FleetBuild:
    return try report(
      FleetRun(
        build.fleet.load(buildVersion: build.buildVersion), jobs: build.jobs,
        bootTest: build.bootTest, rebuilds: build.rebuild, waits: build.wait,
        isLive: build.mayBeLive
      ).run(), build.fleet)
  case let publish as FleetPublish:
    return try report(FleetCompletion.run(publish.fleet.load()), publish.fleet)
  case let release as FleetRelease:
    let report = try FleetLifecycle(release.fleet.load()).release(release.version)
    try answer(release.fleet.json ? report.json.text() : report.text)
    return .success
  case let rollback as FleetRollback:
    let report = try FleetLifecycle(rollback.fleet.load()).rollback(
      rollback.version, isConfirmed: rollback.yes)
    try answer(rollback.fleet.json ? report.json.text() : report.text)
    return .success
  case let prune as FleetPrune:
    let report = try FleetLifecycle(prune.fleet.load()).prune(
      prune.level, keepingMore: prune.keep, deferredDays: prune.defer, isConfirmed: prune.yes)
    try answer(prune.fleet.json ? report.json.text() : report.text)
    return .success
  case let notes as FleetNotes:
    let text = try FleetLifecycle(notes.fleet.load()).notes(notes.version)
    try answer(notes.fleet.json ? JSONValue(encoding: text).text() : text.markdown)
    return .success
  default: return .usage
  }
}

private func report(_ summary: FleetSummary, _ arguments: FleetArguments) throws -> ExitStatus {
  try answer(
    arguments.json ? summary.json() : summary.text(hasColors: TerminalColors.areWanted))
  return summary.exitStatus
}

extension FleetArguments {
  /// Loads the selected variants.
  fileprivate func load(buildVersion: String? = nil) throws -> Fleet {
    let loader = try loader()
    return try Fleet(
      loader, variants(loader),
      settings: BuildSettings(
        buildVersion: buildVersion, usesProductionOSTree: useProductionOstree))
  }
}
