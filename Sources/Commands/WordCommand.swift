import ArgumentParser
import Configuration

/// A command with a word of its own in front of the command line. The word is recognized before the
/// command line is parsed, because the parser would take it for the branch.
package protocol WordCommand: ParsableCommand {
  /// The first word of the command line.
  static var word: String { get }
}

extension WordCommand {
  /// Returns the arguments after the word of the command if that is the first word of the command
  /// line, otherwise nil. A branch with this name is built with an option in front of it.
  package static func arguments(in commandLine: [String]) -> [String]? {
    commandLine.dropFirst().first == word ? Array(commandLine.dropFirst(2)) : nil
  }

  /// Starts the engine if the command line is that of this command. Otherwise returns.
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
