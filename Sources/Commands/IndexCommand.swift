import ArgumentParser
import Configuration

/// `image-builder index`: makes the index of destinations again. The engine does it.
package struct IndexCommand: WordCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder index",
    abstract: "Make index.json and index.html of destinations again, from the versions there.")

  package static let word = "index"

  @Argument(
    help: ArgumentHelp(
      "One of \(DestinationKind.allCases.map(\.rawValue).joined(separator: ", ")). "
        + "(default: all that publish:destinations lists)"))
  package var destination: DestinationKind?
  @OptionGroup(title: "Variant whose options say where the destinations are")
  package var variant: VariantOptions
  @Option(help: "Branch.", completion: Completion.names(of: .branch))
  package var branch = VariantOptions.defaultBranch
  @OptionGroup(title: "Configuration") package var directories: DirectoryOptions

  package init() {}

  /// Loads the configuration of the variant, and sets `filter` to remove its private values.
  ///
  /// - Throws: `ConfigurationError`, `MissingProgramFiles`.
  package func shownConfiguration(_ filter: inout MessageFilter) throws -> Configuration {
    let configuration = try ConfigurationLoader(directories.sources()).load(
      variant.variant(branch: branch), settings: BuildSettings())
    let secrets = configuration.secretFilter
    filter = { secrets($0) }
    return configuration
  }
}

extension DestinationKind: ExpressibleByArgument {}
