import Configuration

/// What is wrong with one file of an output directory.
package struct OutputFinding: Sendable, Equatable, CustomStringConvertible {
  /// The file's name, relative to the directory.
  package let file: String
  /// What was found and what was expected.
  package let problem: String

  init(_ file: String, _ problem: String) {
    self.file = file
    self.problem = problem
  }

  /// `FILE: PROBLEM`, on one line whatever the name is.
  package var description: String { "\(visible(file)): \(visible(problem))" }
}
