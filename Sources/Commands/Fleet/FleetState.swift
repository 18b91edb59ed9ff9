import ArgumentParser

/// `image-builder fleet state NAME`: prints what there is of each variant, and what is to be done.
package struct FleetState: FleetEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "state",
    abstract:
      "Print the newest version of each variant, where it is, and what is to be done, and why.",
    usage: FleetArguments.usage("state"),
    discussion: "Changes nothing. Needs root privileges only to read private settings.")

  @OptionGroup package var fleet: FleetArguments

  package init() {}
}
