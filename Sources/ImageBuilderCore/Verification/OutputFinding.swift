/// What is wrong with one file of an output directory.
public struct OutputFinding: Sendable, Equatable, CustomStringConvertible {
  /// The file's name, relative to the directory.
  public let file: String
  /// What was found and what was expected.
  public let problem: String

  init(_ file: String, _ problem: String) {
    self.file = file
    self.problem = problem
  }

  /// `FILE: PROBLEM`, on one line whatever the name is.
  public var description: String { "\(visible(file)): \(visible(problem))" }
}

/// A text that may come from anybody, on one line and with nothing in it that commands a terminal or
/// is invisible.
func visible(_ text: String) -> String {
  let longest = 400
  var result = ""
  for scalar in text.unicodeScalars.prefix(longest) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return text.unicodeScalars.count > longest ? result + "..." : result
}
