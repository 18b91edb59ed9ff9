import Configuration

/// A problem with a file in an output directory.
package struct OutputFinding: Sendable, Equatable, CustomStringConvertible {
  /// The name of the file, relative to the directory.
  package let file: String
  /// What was found and what was expected.
  package let problem: String

  init(_ file: String, _ problem: String) {
    self.file = file
    self.problem = problem
  }

  /// `FILE: PROBLEM`, on one line for any name.
  package var description: String { "\(visible(file)): \(visible(problem))" }
}
