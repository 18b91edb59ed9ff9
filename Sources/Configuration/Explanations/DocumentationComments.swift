import SystemPackage

/// The comments in `defaults.ini` that document options. A comment documents the option directly
/// below it, and the options that follow that one without an empty line. A comment directly below a
/// section header, with an empty line after it, documents the section.
struct DocumentationComments: Sendable {
  /// A comment and its first line.
  struct Comment: Sendable {
    let text: String
    let origin: Origin
  }

  private var comments: [OptionName: Comment] = [:]
  private(set) var sections: [ExactName: Comment] = [:]

  /// Reads the `defaults.ini` of each configuration directory. Unreadable files are skipped.
  init(_ sources: ConfigurationSources?) {
    for directory in sources?.attributeDirectories ?? [] {
      let path = directory.appending("defaults.ini")
      guard let text = try? TextFile.read(path), let file = try? INIFile(path: path, text: text)
      else { continue }
      read(file, PythonText.lines(text).map { String($0) })
    }
  }

  /// Returns the comment of an option. The comment of a merged option can be above its `_add` or
  /// `_del`.
  func comment(of name: OptionName) -> Comment? {
    ["", "_add", "_del"].lazy.compactMap { ending in
      comments[
        OptionName(section: name.section, option: ExactName(name.option.text + ending))]
    }.first
  }

  private mutating func read(_ file: INIFile, _ lines: [String]) {
    for (section, options) in file.sections {
      if let header = file.headerLines[section] {
        sections[section] = Self.comment(below: header, file, lines)
      }
      var previous: (lastLine: Int, comment: Comment?)?
      for (option, value) in options {
        let first = Self.firstCommentLine(above: value.line, lines)
        let follows = previous.map { $0.lastLine == value.line - 1 } ?? false
        let comment =
          follows
          ? previous?.comment
          : first.map { Self.comment(Array(lines[($0 - 1)..<(value.line - 1)]), file, line: $0) }
        comments[OptionName(section: section, option: option)] = comment
        previous = (value.textLines.last ?? value.line, comment)
      }
    }
  }

  /// Returns the line where the comment directly above `line` begins; nil if there is none.
  private static func firstCommentLine(above line: Int, _ lines: [String]) -> Int? {
    var first = line
    while first > 1, isComment(lines[first - 2]) { first -= 1 }
    return first < line ? first : nil
  }

  private static func comment(
    below header: Int, _ file: INIFile, _ lines: [String]
  ) -> Comment? {
    let block = lines[header...].prefix(while: isComment)
    // A comment that no empty line follows documents the option below it, not the section.
    let isOfOption = lines.indices.contains(block.endIndex) && !isBlank(lines[block.endIndex])
    return block.isEmpty || isOfOption ? nil : comment(Array(block), file, line: header + 1)
  }

  private static func comment(_ lines: [String], _ file: INIFile, line: Int) -> Comment {
    let text = lines.map { $0.drop { "#; \t".contains($0) } }.joined(separator: "\n")
    return Comment(text: text, origin: file.origin(line))
  }

  private static func isComment(_ line: String) -> Bool {
    line.first { $0 != " " && $0 != "\t" }.map { "#;".contains($0) } ?? false
  }

  private static func isBlank(_ line: String) -> Bool {
    line.unicodeScalars.allSatisfy(PythonText.isSpace)
  }
}
