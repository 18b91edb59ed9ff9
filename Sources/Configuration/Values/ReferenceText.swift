/// The syntax of references in values.
enum ReferenceText {
  /// A part of a value.
  enum Piece: Equatable {
    case text(String)
    /// `textLine` is the line of the text that contains the reference, starting at 0.
    case reference(section: ExactName?, option: ExactName, written: String, textLine: Int)
  }

  /// Splits the text of a setting into literal text and references.
  ///
  /// - Throws: `ConfigurationError` for a `$` that does not start a valid reference.
  static func pieces(
    of setting: Setting, named name: OptionName
  ) throws(ConfigurationError) -> [Piece] {
    let text = setting.text
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text.isEmpty ? [] : [.text(text)] }
    var pieces: [Piece] = []
    var rest = text.utf8[...]
    var textLine = 0
    while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
      textLine += rest[..<dollar].count { $0 == 0x0A }
      if dollar > rest.startIndex {
        pieces.append(.text(String(text[rest.startIndex..<dollar])))
      }
      let next = rest.index(after: dollar)
      if rest[next...].first == UInt8(ascii: "$") {
        pieces.append(.text("$"))
        rest = rest[rest.index(after: next)...]
        continue
      }
      guard let (piece, end) = reference(in: text, rest[next...], textLine) else {
        throw .badReference(
          section: name.section.text, option: name.option.text,
          found: setting.isPrivate ? nil : excerpt(text[dollar...]),
          at: setting.origin(ofTextLine: textLine))
      }
      pieces.append(piece)
      rest = rest[end...]
    }
    if !rest.isEmpty {
      pieces.append(.text(String(text[rest.startIndex...])))
    }
    return pieces
  }

  /// Returns the literal parts of a text, without blanks at their ends; none if it contains an
  /// invalid reference.
  static func literals(of setting: Setting, named name: OptionName) -> [String] {
    let pieces = (try? pieces(of: setting, named: name)) ?? []
    return pieces.compactMap { piece in
      guard case .text(let text) = piece else { return nil }
      return String(PythonText.strip(text.unicodeScalars[...]))
    }
  }

  /// Escapes a text, so that interpolation returns it unchanged.
  static func escape(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      escaped.append(contentsOf: repeatElement(scalar, count: scalar == "$" ? 2 : 1))
    }
    return String(escaped)
  }

  private static func reference(
    in text: String, _ rest: Substring.UTF8View, _ textLine: Int
  ) -> (Piece, String.Index)? {
    guard rest.first == UInt8(ascii: "{"), let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
      return nil
    }
    let start = rest.index(after: rest.startIndex)
    let parts = rest[start..<end].split(
      separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard start < end, parts.count <= 2, let last = parts.last else { return nil }
    let names = parts.map { String(text[$0.startIndex..<$0.endIndex]) }
    let option = ExactName(
      PythonText.lowercased(String(text[last.startIndex..<last.endIndex])))
    let section = names.count == 2 ? ExactName(names[0]) : nil
    let written = String(text[start..<end])
    return (
      .reference(section: section, option: option, written: written, textLine: textLine),
      rest.index(after: end)
    )
  }

  private static func excerpt(_ text: Substring) -> String {
    let line = text.unicodeScalars.prefix { $0 != "\n" }
    return String(line.prefix(40))
  }
}
