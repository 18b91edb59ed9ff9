import ArgumentParser
import Configuration

/// `image-builder flatpak ACTION`: pulls, installs or describes Flatpak content in a running build.
/// The hooks 50-flatpak and 70-flatpak-manifest call it; the engine does it.
package struct FlatpakCommand: WordCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder flatpak",
    abstract: "Pull, install or describe the Flatpaks of a running build (for hooks).")

  package static let word = "flatpak"

  @Argument(help: "pull, install, manifest or probe.")
  package var action: String

  package init() {}
}
