/// The identity of a system according to os-release.
struct OSRelease: Sendable, Equatable, Codable {
  let id: String
  let version: String

  init(id: String, version: String) {
    self.id = id
    self.version = version
  }

  /// Parses the assignments of an os-release file.
  init(parsing text: String) {
    let values = Self.values(parsing: text)
    id = values["ID"] ?? ""
    version = values["VERSION"] ?? ""
  }

  /// The assignments of an os-release file as a shell would read them.
  static func values(parsing text: String) -> [Substring: String] {
    var values: [Substring: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { values[parts[0]] = unquoted(parts[1]) }
    }
    return values
  }

  private static func unquoted(_ text: Substring) -> String {
    var text = text
    while text.last?.isWhitespace == true { text.removeLast() }
    guard let quote = text.first, "\"'".contains(quote), text.count >= 2, text.last == quote else {
      return String(text)
    }
    let inner = text.dropFirst().dropLast()
    if quote == "'" { return String(inner) }
    var result = ""
    var isEscaped = false
    for character in inner {
      if !isEscaped && character == "\\" {
        isEscaped = true
      } else {
        if isEscaped && !"\"\\$`".contains(character) { result += "\\" }
        result.append(character)
        isEscaped = false
      }
    }
    return result
  }
}
