import OrderedCollections

/// One option's text and where it comes from.
struct Setting: Sendable {
  var text: String
  var origin: Origin
  /// Whether a private file made it, or it was merged from parts of which one is private.
  var isPrivate = false
  /// Whether it was counted together from parts.
  var isMerged = false
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
      defaults[option] = Setting(
        text: value.text, origin: file.origin(value.line), isPrivate: isPrivate)
    }
    for (section, options) in file.sections {
      sections[section, default: [:]].reserveCapacity(options.count)
      for (option, value) in options {
        sections[section]?[option] = Setting(
          text: value.text, origin: file.origin(value.line), isPrivate: isPrivate)
      }
    }
  }
}
