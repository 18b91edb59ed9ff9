/// Text in the macro language of man(7).
enum Roff {
  static func paragraph(_ text: String) -> String { ".PP\n" + lines(text) }

  /// Returns an entry of a list of terms.
  static func entry(_ term: String, _ text: String) -> String { ".TP\n\(term)\n" + lines(text) }

  static func lines(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      let escaped = escaped(String(line))
      return (escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" : "") + escaped + "\n"
    }.joined()
  }

  static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }

  static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

  static func escaped(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let escaped = word.replacing("\\", with: "\\e").replacing("-", with: "\\-")
      // groff breaks a long expression only where it may.
      return word.count < 60 ? escaped : escaped.replacing(/[|\[]/) { "\\:\($0.output)" }
    }.joined(separator: " ")
  }
}
