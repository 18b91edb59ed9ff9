import ArgumentParser

/// `image-builder stage NAME`: one stage of a running build, for buildscript. The engine runs it.
package struct StageCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder stage",
    abstract: "Run one stage of a running build (for buildscript).")

  @Argument(help: "ostree, image, manifest, check, publish or error.") package var name: String

  package init() {}

  /// What follows `stage` in a command line that is exactly `stage NAME`; nil for another one.
  package static func arguments(in commandLine: [String]) -> [String]? {
    commandLine.count == 3 && commandLine[1] == "stage" ? [commandLine[2]] : nil
  }

  /// Hands the command line to the engine when it is that of a stage.
  package static func handOver(_ commandLine: [String]) {
    if let arguments = arguments(in: commandLine) { main(arguments) }
  }

  package func run() throws {
    try reportingErrors { _ in try Engine.run() }
  }
}
