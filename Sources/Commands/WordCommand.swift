import ArgumentParser
import Configuration

/// A command with a word of its own in front of the command line. The word is recognized before the
/// command line is parsed, because the parser would take it for the branch.
package protocol WordCommand: ParsableCommand {
  /// The first word of the command line.
  static var word: String { get }
  /// Whether the word is that of the command, and not the name of a branch, before the rest of the
  /// command line.
  static func isMeant(before rest: some Collection<String>) -> Bool
}

extension WordCommand {
  package static func isMeant(before rest: some Collection<String>) -> Bool { true }

  /// Returns the arguments after the word of the command if that is the first word of the command
  /// line, otherwise nil. A branch with this name is built with an option in front of it.
  package static func arguments(in commandLine: [String]) -> [String]? {
    let rest = commandLine.dropFirst(2)
    guard commandLine.dropFirst().first == word, isMeant(before: rest) else { return nil }
    return Array(rest)
  }

  /// Runs the command and exits if the command line is that of this command. Otherwise returns.
  package static func handOver(_ commandLine: [String]) {
    guard let arguments = arguments(in: commandLine) else { return }
    main(arguments)
    exit()
  }

  /// Starts the engine with the same command line.
  ///
  /// - Throws: `ExitCode`.
  package func run() throws {
    try reportingErrors { _ in try Engine.run() }
  }
}
