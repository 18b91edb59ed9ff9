/// The command line of a program of the site, with a placeholder for the path of a file, such as
/// `sign-file --key release {file}`. No shell reads it.
package struct CommandTemplate: Sendable, Equatable {
  private static let placeholder = "{file}"

  static let accepted =
    "a program, as an absolute path or as a name that is found in \(SearchPath.standard), and its "
    + "arguments, separated by spaces, with \(placeholder) in one of them; no shell reads them, so "
    + "that quotes have no meaning"

  /// An absolute path, or a name to search for in PATH.
  package let program: String
  private let words: [String]

  /// Returns nil if the text is not such a command line.
  init?(_ text: String) {
    var words = PythonText.words(text)
    guard let program = words.first, program.hasPrefix("/") || !program.contains("/"),
      !program.hasPrefix("-")
    else { return nil }
    words.removeFirst()
    guard words.contains(where: { $0.contains(Self.placeholder) }) else { return nil }
    self.program = program
    self.words = words
  }

  /// The arguments of the program, with the path of the file in place of each placeholder.
  package func arguments(for file: String) -> [String] {
    words.map { $0.replacing(Self.placeholder, with: file) }
  }
}
