import OrderedCollections
import SystemPackage

/// An INI file as it is written: sections, options, and values with unexpanded references.
struct INIFile: Sendable {
  /// The text of a value, the line of the option's name, and the line number of each line of the
  /// text. Comments between the lines of a value are not part of the text.
  struct Value: Sendable {
    var text: String
    var line: Int
    var textLines: [Int] = []
  }

  typealias Section = OrderedDictionary<ExactName, Value>

  /// The section whose options apply to all sections.
  static let defaultSection: ExactName = "DEFAULT"

  let path: FilePath
  /// The sections in their order, without `[DEFAULT]`.
  var sections: OrderedDictionary<ExactName, Section> = [:]
  /// The options of `[DEFAULT]`.
  var defaults: Section = [:]
  /// The line of each section header.
  var headerLines: [ExactName: Int] = [:]

  /// Reads and parses a file.
  init(path: FilePath) throws(ConfigurationError) {
    try self.init(path: path, text: TextFile.read(path))
  }

  /// Parses a text as the content of a file.
  init(path: FilePath, text: String) throws(ConfigurationError) {
    self.path = path
    var parser = INIParser(file: self)
    for line in PythonText.lines(text) {
      parser.read(line)
    }
    let errors = ConfigurationError.first(of: parser.errors, in: path)
    if let error = ConfigurationError.combining(errors) { throw error }
    let file = parser.finish()
    (sections, defaults, headerLines) = (file.sections, file.defaults, file.headerLines)
  }

  /// Returns the names of the INI files in a directory, sorted by bytes. An unreadable directory
  /// has none.
  static func names(in directory: FilePath) -> [String] {
    Directories.names(in: directory).filter { $0.hasSuffix(".ini") }
  }

  subscript(section: ExactName) -> Section? {
    section == INIFile.defaultSection ? defaults : sections[section]
  }

  /// Sets an option of an existing section. Modifies the section in place, because files may be
  /// long.
  mutating func set(_ section: ExactName, _ option: ExactName, _ value: Value) {
    if section == INIFile.defaultSection {
      defaults[option] = value
    } else {
      sections[section]?[option] = value
    }
  }

  /// Returns the origin for a line of this file.
  func origin(_ line: Int) -> Origin {
    .file(path, line: line)
  }
}
