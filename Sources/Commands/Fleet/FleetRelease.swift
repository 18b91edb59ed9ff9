import ArgumentParser

/// `image-builder fleet release NAME [VERSION]`: releases the newest versions.
package struct FleetRelease: FleetEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Release the newest version of each variant, all or none.",
    usage: FleetArguments.usage("release", "[<version>]"),
    discussion: """
      All variants must be up to date, verified and booted, and at all destinations; otherwise every \
      gap is named, nothing is changed, and the exit status is 65.
      """)

  @OptionGroup package var fleet: FleetArguments
  @Argument(help: "Build version: the newest versions that are not newer. (default: the newest)")
  package var version: String?

  package init() {}
}
