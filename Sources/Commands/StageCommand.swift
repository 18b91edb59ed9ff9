import ArgumentParser
import Configuration

/// `image-builder stage NAME`: runs one stage of a running build. `buildscript` calls it; the
/// engine runs the stage.
package struct StageCommand: WordCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder stage",
    abstract: "Run one stage of a running build (for buildscript).")

  package static let word = "stage"

  @Argument(help: "One of \(Stage.allCases.map(\.rawValue).joined(separator: ", ")).")
  package var name: String

  package init() {}
}
