import OrderedCollections
import SystemPackage

/// One file as it is written: sections, options, values without interpolation.
struct INIFile: Sendable {
  /// An option's text, the line its name is on, and the line of the file that each line of the
  /// text is on: comments inside a value are not part of its text.
  struct Value: Sendable {
    var text: String
    var line: Int
    var textLines: [Int] = []
  }

  typealias Section = OrderedDictionary<ExactName, Value>

  /// The section whose options every section has.
  static let defaultSection: ExactName = "DEFAULT"

  let path: FilePath
  /// The sections in order, `[DEFAULT]` not among them.
  var sections: OrderedDictionary<ExactName, Section> = [:]
  /// The options of `[DEFAULT]`.
  var defaults: Section = [:]
  /// The line of each section's header.
  var headerLines: [ExactName: Int] = [:]

  /// Reads a file.
  init(path: FilePath) throws(ConfigurationError) {
    try self.init(path: path, text: TextFile.read(path))
  }

  /// Parses text as if it were the file's.
  init(path: FilePath, text: String) throws(ConfigurationError) {
    self.path = path
    var parser = INIParser(file: self)
    for line in PythonText.lines(text) {
      parser.read(line)
    }
    if let error = ConfigurationError.combining(parser.errors) {
      throw error
    }
    let file = parser.finish()
    (sections, defaults, headerLines) = (file.sections, file.defaults, file.headerLines)
  }

  /// The names of such files in a directory, sorted; none when it cannot be listed.
  static func names(in directory: FilePath) -> [String] {
    Directories.names(in: directory).filter { $0.hasSuffix(".ini") }
  }

  subscript(section: ExactName) -> Section? {
    section == INIFile.defaultSection ? defaults : sections[section]
  }

  /// Sets an option of a section that exists, in place: files may be long.
  mutating func set(_ section: ExactName, _ option: ExactName, _ value: Value) {
    if section == INIFile.defaultSection {
      defaults[option] = value
    } else {
      sections[section]?[option] = value
    }
  }

  /// The place of a line of this file.
  func origin(_ line: Int) -> Origin {
    .file(path, line: line)
  }
}
