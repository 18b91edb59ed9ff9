import SystemPackage

/// Parses the text of a netrc file: words separated by white space, with double quotes around words
/// that contain blanks, and `\` before a quote or a backslash in them (curl 7.84 and later).
///
/// Errors contain no words of the file, because a word in the wrong place can be a password.
struct NetrcParser {
  private struct Word {
    let text: String
    let line: Int
  }

  private let path: FilePath
  private var rest: Substring
  private var line = 1

  init(_ text: String, _ path: FilePath) {
    self.path = path
    rest = text[...]
  }

  /// - Throws: `NetrcError.syntax`.
  func entries() throws(NetrcError) -> [Netrc.Entry] {
    var parser = self
    return try parser.parse()
  }

  private mutating func parse() throws(NetrcError) -> [Netrc.Entry] {
    var entries: [Netrc.Entry] = []
    while let keyword = try nextKeyword() {
      switch keyword.text {
      case "machine":
        let host = try value(of: keyword).text.lowercased()
        entries.append(Netrc.Entry(host: host, line: keyword.line))
      case "default": entries.append(Netrc.Entry(host: nil, line: keyword.line))
      case "macdef": skipMacro()
      case "login", "user", "password", "account":
        let value = try value(of: keyword)
        guard let last = entries.indices.last else {
          throw problem("\(keyword.text) comes before the first machine", keyword.line)
        }
        try set(keyword, value, &entries[last])
      default:
        throw problem(
          "a word is none of machine, default, login, password, account, macdef; put double quotes "
            + "around a value that contains blanks", keyword.line)
      }
    }
    return entries
  }

  private func set(_ keyword: Word, _ value: Word, _ entry: inout Netrc.Entry) throws(NetrcError) {
    switch keyword.text {
    case "login", "user":
      guard !value.text.contains(":") else {
        throw problem("a user name contains a colon, which HTTP does not allow", value.line)
      }
      entry.user = value.text
    case "password": entry.password = value.text
    default: break
    }
  }

  private func problem(_ text: String, _ line: Int) -> NetrcError {
    .syntax(path, line: line, problem: text)
  }

  /// The next word outside comments.
  private mutating func nextKeyword() throws(NetrcError) -> Word? {
    while let word = try nextWord() {
      guard word.text.hasPrefix("#") else { return word }
      skip { !$0.isNewline }
    }
    return nil
  }

  private mutating func value(of keyword: Word) throws(NetrcError) -> Word {
    guard let word = try nextWord() else {
      throw problem("\(keyword.text) has no value", keyword.line)
    }
    return word
  }

  /// A macro ends with an empty line.
  private mutating func skipMacro() {
    skip { !$0.isNewline }
    while !rest.isEmpty {
      advance()
      let isEmpty = rest.first?.isNewline ?? true
      skip { !$0.isNewline }
      if isEmpty { return }
    }
  }

  private mutating func nextWord() throws(NetrcError) -> Word? {
    skip { $0.isWhitespace }
    guard let first = rest.first else { return nil }
    let start = line
    if first == "\"" { return Word(text: try quotedText(), line: start) }
    var text = ""
    while let character = rest.first, !character.isWhitespace {
      text.append(character)
      advance()
    }
    return Word(text: text, line: start)
  }

  private mutating func quotedText() throws(NetrcError) -> String {
    let start = line
    var text = ""
    advance()
    while let character = rest.first, character != "\"" {
      guard !character.isNewline else { break }
      advance()
      guard character == "\\" else {
        text.append(character)
        continue
      }
      guard let escaped = rest.first, !escaped.isNewline else { break }
      text.append(["n": "\n", "r": "\r", "t": "\t"][escaped] ?? escaped)
      advance()
    }
    guard rest.first == "\"" else { throw problem("a double quote is not closed", start) }
    advance()
    return text
  }

  private mutating func skip(while condition: (Character) -> Bool) {
    while let character = rest.first, condition(character) { advance() }
  }

  private mutating func advance() {
    if rest.removeFirst().isNewline { line += 1 }
  }
}
