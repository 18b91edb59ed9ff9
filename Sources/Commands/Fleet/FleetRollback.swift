import ArgumentParser

/// `image-builder fleet rollback NAME [VERSION]`: removes the versions of one run.
package struct FleetRollback: FleetEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Remove the versions of one run that are not released.",
    usage: FleetArguments.usage("rollback", "[<version>] [--yes]"),
    discussion: """
      Without --yes, only prints what would be removed. Released versions are refused, with exit \
      status 65.
      """)

  @OptionGroup package var fleet: FleetArguments
  @Argument(help: "Build version of the run. (default: the newest)")
  package var version: String?
  @Flag(help: "Remove them.")
  package var yes = false

  package init() {}
}
