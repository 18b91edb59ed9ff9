import ArgumentParser
import Configuration

/// An option of the command line that asks for something to be shown instead of a build.
protocol Question: ParsableArguments {
  /// The option, as it is typed.
  static var name: String { get }
  var isAsked: Bool { get }

  /// Shows the answer.
  ///
  /// - Parameter filter: gets what takes private values out of messages, once they are known.
  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus
}
