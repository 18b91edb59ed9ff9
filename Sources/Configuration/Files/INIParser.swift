import OrderedCollections

/// Parses lines like Python's `configparser` in strict mode, without interpolation.
///
/// Unlike `configparser`, the parser continues after an error, so that all errors of a file are
/// reported together.
struct INIParser {
  private(set) var errors: [ConfigurationError] = []

  private var file: INIFile
  private var section: ExactName?
  private var option: ExactName?
  /// The lines of the current value.
  private var value: [Substring.UnicodeScalarView] = []
  private var valueLines: [Int] = []
  private var indentation = 0
  private var lineNumber = 0

  init(file: INIFile) {
    self.file = file
  }

  mutating func read(_ line: Substring.UnicodeScalarView) {
    lineNumber += 1
    let content = PythonText.strip(line)
    guard let first = content.first else {
      extendValue(with: content)
      return
    }
    guard first != "#", first != ";" else { return }
    let lineIndentation = line.prefix(while: PythonText.isSpace).count
    if option != nil, lineIndentation > indentation {
      extendValue(with: content)
      return
    }
    indentation = lineIndentation
    if let name = header(content) {
      startSection(name)
    } else {
      startOption(content)
    }
  }

  /// Returns the parsed file after its last line.
  consuming func finish() -> INIFile {
    finishOption()
    return file
  }

  private mutating func finishOption() {
    guard let section, let option else { return }
    let joined = value.map { String($0) }.joined(separator: "\n")
    let text = String(PythonText.stripEnd(joined.unicodeScalars[...]))
    file.set(
      section, option,
      INIFile.Value(text: text, line: valueLines.first ?? lineNumber, textLines: valueLines))
  }

  private mutating func extendValue(with content: Substring.UnicodeScalarView) {
    guard option != nil else { return }
    value.append(content)
    valueLines.append(lineNumber)
  }

  private func header(_ content: Substring.UnicodeScalarView) -> ExactName? {
    guard content.first == "[", let end = content.lastIndex(of: "]") else { return nil }
    let name = content[content.index(after: content.startIndex)..<end]
    return name.isEmpty ? nil : ExactName(String(name))
  }

  private mutating func startSection(_ name: ExactName) {
    finishOption()
    section = name
    option = nil
    guard name != INIFile.defaultSection else { return }
    if let first = file.headerLines[name] {
      errors.append(
        .duplicateSection(name.text, at: file.origin(lineNumber), first: file.origin(first)))
    } else {
      file.headerLines[name] = lineNumber
      file.sections[name] = [:]
    }
  }

  private mutating func startOption(_ content: Substring.UnicodeScalarView) {
    let place = file.origin(lineNumber)
    guard let section else {
      errors.append(
        .syntax(content.first == "[" ? .unclosedHeader : .noSection, at: place))
      return
    }
    guard let delimiter = content.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
      errors.append(
        .syntax(content.first == "[" ? .unclosedHeader : .noDelimiter, at: place))
      return
    }
    let written = PythonText.stripEnd(content[..<delimiter])
    guard !written.isEmpty else {
      errors.append(.syntax(.noOptionName, at: place))
      return
    }
    finishOption()
    let name = ExactName(PythonText.lowercased(String(written)))
    if let first = file[section]?[name] {
      errors.append(
        .duplicateOption(
          section: section.text, option: name.text, at: place, first: file.origin(first.line)))
    }
    option = name
    value = [PythonText.strip(content[content.index(after: delimiter)...])]
    valueLines = [lineNumber]
  }
}
