import ArgumentParser

/// `image-builder fleet publish NAME`: completes the destinations.
package struct FleetPublish: FleetEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Copy the newest version of each variant to the destinations that lack it.",
    usage: FleetArguments.usage("publish"),
    discussion: """
      Builds nothing. For a new destination, or after an interrupted upload.

      Exit status: 0 all destinations are complete; 2 some are not, and they are named.
      """)

  @OptionGroup package var fleet: FleetArguments

  package init() {}
}
