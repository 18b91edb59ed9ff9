import OrderedCollections

/// The text of an option and its origin.
struct Setting: Sendable {
  var text: String
  var origin: Origin
  /// Whether the option was set in a private file, or is a merged list that contains a private
  /// word.
  var isPrivate = false
  /// Whether the text is a merged list.
  var isMerged = false
  /// The line number in the file of each line of the text. Empty if the text is not from a file.
  var textLines: [Int] = []

  /// Makes the setting of an option in a file.
  init(_ value: INIFile.Value, in file: INIFile, isPrivate: Bool = false) {
    text = value.text
    origin = file.origin(value.line)
    textLines = value.textLines
    self.isPrivate = isPrivate
  }

  /// Makes a setting that the program makes.
  init(text: String, origin: Origin, isMerged: Bool = false) {
    self.text = text
    self.origin = origin
    self.isMerged = isMerged
  }

  /// Returns the origin of a line of the text. Line numbers start at 0.
  func origin(ofTextLine number: Int) -> Origin {
    guard let file = origin.file, textLines.indices.contains(number) else { return origin }
    return .file(file, line: textLines[number])
  }

  /// Each line of the text as a separate setting.
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

/// The settings of all files, with unexpanded references.
struct SettingStore: Sendable {
  typealias Section = OrderedDictionary<ExactName, Setting>

  private(set) var sections: OrderedDictionary<ExactName, Section> = [:]
  private(set) var defaults: Section = [:]

  /// The setting of an option. If the section does not have the option, it is that of `[DEFAULT]`.
  /// As in configparser, a section that does not exist has no options at all.
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

  /// Returns whether a section exists. `[DEFAULT]` always exists.
  func contains(_ section: ExactName) -> Bool {
    section == INIFile.defaultSection || sections[section] != nil
  }

  /// Returns the names of a section's own options, in their order, followed by the others of
  /// `[DEFAULT]`.
  func options(in section: ExactName) -> [ExactName] {
    let own = section == INIFile.defaultSection ? [:] : (sections[section] ?? [:])
    return Array(own.keys) + defaults.keys.filter { own[$0] == nil }
  }

  /// The options of all sections, in their order.
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

  /// Adds the settings of a file. They override existing ones. A former name of an option also sets
  /// the option, unless the file has both.
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
    for (former, name) in Options.renamed {
      guard let value = file.sections[former.section]?[former.option],
        file.sections[name.section]?[name.option] == nil
      else { continue }
      set(name.section, name.option, Setting(value, in: file, isPrivate: isPrivate))
    }
  }
}
