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
