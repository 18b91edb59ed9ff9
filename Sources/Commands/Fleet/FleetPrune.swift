import ArgumentParser
import Configuration

/// `image-builder fleet prune NAME LEVEL`: removes old versions.
package struct FleetPrune: FleetEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove old versions.",
    usage: FleetArguments.usage("prune", "<level> [--yes]"),
    discussion: """
      Without --yes, only prints what would be removed. What was released is kept for \
      release:keep_for, and the newest good version of each variant is kept, except at the level \
      end-of-life.
      """)

  @OptionGroup package var fleet: FleetArguments
  @Argument(
    help: ArgumentHelp(
      "revision: keep the newest version of each variant and upstream version; release: keep the "
        + "newest of each variant; end-of-life: remove variants that are past release:end_of_life.")
  )
  package var level: PruneLevel
  @Option(help: ArgumentHelp("Keep this many more.", valueName: "number"))
  package var keep = 0
  @Option(
    help: ArgumentHelp(
      "With end-of-life: only variants that are past it for this many days.", valueName: "days"))
  package var `defer` = 0
  @Flag(help: "Remove them.")
  package var yes = false

  package init() {}

  /// Checks the numbers.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    guard keep >= 0 else { throw ValidationError("--keep must be 0 or more.") }
    guard `defer` >= 0 else { throw ValidationError("--defer must be 0 or more days.") }
    guard `defer` == 0 || level == .endOfLife else {
      throw ValidationError("--defer requires the level end-of-life.")
    }
  }
}

extension PruneLevel: ExpressibleByArgument {}
