import ArgumentParser
import Configuration

/// `image-builder layer list`: prints the layers in the store.
package struct LayerListCommand: LayerEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Print the layers in the store, newest first.")

  @Flag(help: "Print the answer as a JSON object.")
  package var json = false
  @OptionGroup(title: "Directories") package var directories: LayerDirectories

  package init() {}
}

/// `image-builder layer inputs`: prints a digest of what layers would be made of.
package struct LayerInputsCommand: LayerEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "inputs", abstract: "Print a digest of what each layer would be made of now.",
    discussion: """
      Repositories and registries are asked, and nothing is built. A layer may stand on one that is named \
      before it. Root privileges are not needed.
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The YAML files, parents first.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: [String]
  @Option(
    help: ArgumentHelp("Whether commands and playbooks have a network.", valueName: "true|false"))
  var network: String?
  @OptionGroup(title: "Registries") var registries: LayerRegistryOptions

  package init() {}

  /// What is asked of each layer.
  package var requests: [LayerRequest] {
    config.map {
      var request = LayerRequest(
        file: Directories.absolute($0), settings: given([(.hasNetwork, network)], []),
        cacheDirectory: ConfigurationSources.standardCacheDirectory,
        outputDirectory: Directories.absolute("."))
      registries.complete(&request)
      return request
    }
  }
}

/// `image-builder layer prune`: removes images from the store.
package struct LayerPruneCommand: LayerEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove images from the store that have no name any more.",
    discussion: """
      A layer that was built again has taken the names of the older one. Without --yes, only prints \
      what would be removed.
      """)

  @Flag(help: "Remove also layers that have names, and parents that were copied from registries.")
  package var all = false
  @Flag(help: "Remove them.")
  package var yes = false
  @OptionGroup(title: "Directories") package var directories: LayerDirectories

  package init() {}
}
