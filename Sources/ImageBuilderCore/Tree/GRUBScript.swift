import Configuration

/// The words of GRUB's scripts (grub 2.06, grub-core/script/yylex.l).
enum GRUBScript {
  /// Escapes a text, so that a script has it unchanged, as one word.
  ///
  /// - Parameter separator: a character that is not escaped and separates words.
  static func escaped(_ text: String, keeping separator: Character? = nil) -> String {
    text.reduce(into: "") { result, character in
      if !isPlain(character), character != separator { result.append("\\") }
      result.append(character)
    }
  }

  /// Returns the text of which `escaped` made `text`.
  static func withoutEscapes(_ text: String) -> String {
    var isEscaped = false
    return text.filter { character in
      isEscaped = character == "\\" && !isEscaped
      return !isEscaped
    }
  }

  /// Whether a script has the text unchanged without escapes.
  static func isPlain(_ text: some StringProtocol) -> Bool { text.allSatisfy(isPlain) }

  private static func isPlain(_ character: Character) -> Bool {
    guard let ascii = character.asciiValue else { return true }
    return ascii.isASCIILetterOrDigit || "-_./:=@%+,()[]!^~".utf8.contains(ascii)
  }
}
