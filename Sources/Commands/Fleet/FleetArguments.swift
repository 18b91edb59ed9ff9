import ArgumentParser
import Configuration

/// The fleet, and the part of it that a command is for.
package struct FleetArguments: ParsableArguments {
  @Argument(
    help: "Fleet: the name of a file in config/fleet, without .ini.",
    completion: Completion.fleets)
  package var name: String
  @OptionGroup var selection: SelectionOptions
  @Flag(help: "Print the answer as a JSON object.")
  package var json = false
  @Flag(
    name: [.customLong("use-production-ostree"), .customLong("use-production")],
    help: "Trees are those of ostree:prod_pull_url.")
  package var useProductionOstree = false
  @OptionGroup(title: "Directories") package var directories: DirectoryOptions

  package init() {}

  /// The usage of a command. That which the library makes names each option, which fills a page.
  ///
  /// - Parameter rest: what follows the name of the fleet.
  static func usage(_ command: String, _ rest: String = "") -> String {
    "image-builder fleet \(command) <name> \(rest.isEmpty ? "" : rest + " ")"
      + "[--only <pattern>] [--skip <pattern>] [--json] [<option> ...]"
  }

  /// Refuses a second name of a fleet.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    guard directories.fleet == nil else {
      throw ValidationError("--fleet is for other commands. Name the fleet as \(name) is named.")
    }
  }

  /// Reads the schema of the directories, with the file of the fleet as a layer.
  ///
  /// - Throws: `ConfigurationError`, also for a fleet that does not exist; `MissingProgramFiles`.
  package func loader() throws -> ConfigurationLoader {
    var sources = try directories.sources()
    sources.fleet = name
    return try ConfigurationLoader(sources)
  }

  /// Returns the selected variants of the fleet, sorted.
  ///
  /// - Throws: `ConfigurationError`.
  package func variants(_ loader: ConfigurationLoader) throws -> [Variant] {
    try selection.selection.select(VariantList(loader).variants())
  }
}
