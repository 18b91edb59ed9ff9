import ArgumentParser

/// `image-builder fleet notes NAME [VERSION]`: prints what has changed since the release before.
package struct FleetNotes: FleetEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "notes",
    abstract: "Print release notes in Markdown: what has changed since the release before.",
    usage: FleetArguments.usage("notes", "[<version>]"))

  @OptionGroup package var fleet: FleetArguments
  @Argument(help: "Build version of a release. (default: what would be released now)")
  package var version: String?

  package init() {}
}
