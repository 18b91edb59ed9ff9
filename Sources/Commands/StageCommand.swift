import ArgumentParser
import Configuration

/// `image-builder stage NAME`: runs one stage of a running build. `buildscript` calls it; the
/// engine runs the stage.
package struct StageCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder stage",
    abstract: "Run one stage of a running build (for buildscript).")

  @Argument(help: "One of \(Stage.allCases.map(\.rawValue).joined(separator: ", ")).")
  package var name: String

  package init() {}

  /// Returns the arguments after `stage` if that is the first word of the command line, otherwise
  /// nil. A branch with this name is built with an option in front of it.
  package static func arguments(in commandLine: [String]) -> [String]? {
    commandLine.dropFirst().first == "stage" ? Array(commandLine.dropFirst(2)) : nil
  }

  /// Starts the engine if the command line is that of a stage. Otherwise returns.
  package static func handOver(_ commandLine: [String]) {
    if let arguments = arguments(in: commandLine) { main(arguments) }
  }

  /// Starts the engine with the same command line.
  ///
  /// - Throws: `ExitCode`.
  package func run() throws {
    try reportingErrors { _ in try Engine.run() }
  }
}
