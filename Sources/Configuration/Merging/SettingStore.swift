import OrderedCollections

/// One option's text and where it comes from.
struct Setting: Sendable {
  var text: String
  var origin: Origin
  /// Whether a private file made it, or it was merged from parts of which one is private.
  var isPrivate = false
  /// Whether it was counted together from parts.
  var isMerged = false
  /// The lines of the file that the lines of the text are on; none when it is not a file's text.
  var textLines: [Int] = []

  /// A setting that a file makes.
  init(_ value: INIFile.Value, in file: INIFile, isPrivate: Bool = false) {
    text = value.text
    origin = file.origin(value.line)
    textLines = value.textLines
    self.isPrivate = isPrivate
  }

  /// A setting that the program makes.
  init(text: String, origin: Origin, isMerged: Bool = false) {
    self.text = text
    self.origin = origin
    self.isMerged = isMerged
  }

  /// The place of a line of the text, counted from 0.
  func origin(ofTextLine number: Int) -> Origin {
    guard let file = origin.file, textLines.indices.contains(number) else { return origin }
    return .file(file, line: textLines[number])
  }

  /// Each line of the text as a setting of its own.
  var lines: [Setting] {
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated().map {
      var line = self
      line.text = String(Substring($1))
      line.origin = origin(ofTextLine: $0)
      line.textLines = []
      return line
    }
  }
}

/// The settings of all layers, references as written.
struct SettingStore: Sendable {
  typealias Section = OrderedDictionary<ExactName, Setting>

  private(set) var sections: OrderedDictionary<ExactName, Section> = [:]
  private(set) var defaults: Section = [:]

  /// The setting of an option, from `[DEFAULT]` when the section has none; as in Python a section
  /// that is nowhere has no options at all.
  subscript(section: ExactName, option: ExactName) -> Setting? {
    if section == INIFile.defaultSection {
      return defaults[option]
    }
    guard let own = sections[section] else { return nil }
    return own[option] ?? defaults[option]
  }

  subscript(name: OptionName) -> Setting? {
    self[name.section, name.option]
  }

  /// Whether a section exists.
  func contains(_ section: ExactName) -> Bool {
    section == INIFile.defaultSection || sections[section] != nil
  }

  /// The names of a section's options: its own in order, then those of `[DEFAULT]`.
  func options(in section: ExactName) -> [ExactName] {
    let own = section == INIFile.defaultSection ? [:] : (sections[section] ?? [:])
    return Array(own.keys) + defaults.keys.filter { own[$0] == nil }
  }

  /// All options of all sections, in order.
  var names: [OptionName] {
    sections.keys.flatMap { section in
      options(in: section).map { OptionName(section: section, option: $0) }
    }
  }

  mutating func set(_ section: ExactName, _ option: ExactName, _ setting: Setting) {
    if section == INIFile.defaultSection {
      defaults[option] = setting
    } else {
      sections[section, default: [:]][option] = setting
    }
  }

  mutating func remove(_ section: ExactName, _ option: ExactName) {
    if section == INIFile.defaultSection {
      defaults[option] = nil
    } else {
      sections[section]?[option] = nil
    }
  }

  /// Lays a file over what is there.
  mutating func add(_ file: INIFile, isPrivate: Bool = false) {
    for (option, value) in file.defaults {
      defaults[option] = Setting(value, in: file, isPrivate: isPrivate)
    }
    for (section, options) in file.sections {
      sections[section, default: [:]].reserveCapacity(options.count)
      for (option, value) in options {
        sections[section]?[option] = Setting(value, in: file, isPrivate: isPrivate)
      }
    }
  }
}
