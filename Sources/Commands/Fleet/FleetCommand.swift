import ArgumentParser
import Configuration

/// `image-builder fleet COMMAND NAME`: commands for all variants of a fleet.
package struct FleetCommand: WordCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder fleet",
    abstract: "Build, publish and release all variants of a fleet.",
    discussion: """
      A fleet is a file config/fleet/NAME.ini that lists variants. What is to be done follows from \
      the inputs of each variant and from what its destinations hold, so each command can be \
      repeated at any time, also after it was killed.

      See docs/fleets.md.
      """,
    subcommands: [
      FleetList.self, FleetState.self, FleetBuild.self, FleetPublish.self, FleetRelease.self,
      FleetRollback.self, FleetPrune.self, FleetNotes.self,
    ])

  package static let word = "fleet"

  package init() {}

  /// The first word is that of the command if another word follows, or a question for help. Alone, or
  /// before an option, it is the name of a branch.
  package static func isMeant(before rest: some Collection<String>) -> Bool {
    rest.first.map { !$0.hasPrefix("-") || ["-h", "--help"].contains($0) } ?? false
  }

  package func run() throws {
    throw CleanExit.helpRequest(self)
  }
}

/// A command for a fleet that the engine runs.
protocol FleetEngineCommand: ParsableCommand {}

extension FleetEngineCommand {
  /// Starts the engine with the same command line.
  package func run() throws {
    try reportingErrors { _ in try Engine.run() }
  }
}
