import ArgumentParser
import Configuration

/// `image-builder index`: makes the index of destinations again. The engine does it.
package struct IndexCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder index",
    abstract: "Make index.json and index.html of destinations again, from the versions there.")

  @Argument(
    help: ArgumentHelp(
      "One of \(DestinationKind.allCases.map(\.rawValue).joined(separator: ", ")). "
        + "(default: all that publish:destinations lists)"))
  package var destination: DestinationKind?
  @OptionGroup(title: "Variant whose options say where the destinations are")
  package var variant: VariantOptions
  @Option(help: "Branch.", completion: Completion.names(of: .branch))
  package var branch = VariantOptions.defaultBranch
  @OptionGroup(title: "Directories") package var directories: DirectoryOptions

  package init() {}

  /// Returns the arguments after `index` if that is the first word of the command line, otherwise
  /// nil. A branch with this name is built with an option in front of it.
  package static func arguments(in commandLine: [String]) -> [String]? {
    commandLine.dropFirst().first == "index" ? Array(commandLine.dropFirst(2)) : nil
  }

  /// Starts the engine if the command line is of this command. Otherwise returns.
  package static func handOver(_ commandLine: [String]) {
    if let arguments = arguments(in: commandLine) { main(arguments) }
  }

  /// Starts the engine with the same command line.
  ///
  /// - Throws: `ExitCode`.
  package func run() throws {
    try reportingErrors { _ in try Engine.run() }
  }

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
