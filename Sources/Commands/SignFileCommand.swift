import ArgumentParser
import Configuration

/// `image-builder sign-file FILE SIGNATURE`: signs a file with what signs the outputs of the running
/// build. `sign_file` of the hook library calls it; the engine signs.
package struct SignFileCommand: WordCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder sign-file",
    abstract: "Sign a file in a running build (for hooks).")

  package static let word = "sign-file"

  @Argument(help: "The file.")
  package var file: String

  @Argument(help: "Where the armored detached signature is written.")
  package var signature: String

  package init() {}
}
