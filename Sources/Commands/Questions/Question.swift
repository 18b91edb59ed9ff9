import ArgumentParser
import Configuration

/// A command-line option that prints an answer instead of building.
protocol Question: ParsableArguments {
  /// The option as it is typed.
  static var name: String { get }
  var isAsked: Bool { get }

  /// Prints the answer.
  ///
  /// - Parameter filter: is set to a function that removes private values from messages, once these
  ///   values are known.
  /// - Returns: the exit status of the command.
  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus
}
