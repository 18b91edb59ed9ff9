import OrderedCollections

/// The sections and options that configuration files may set.
///
/// These are the options that the program sets or has a default for, the merged options, and the
/// options that a schema declares. In an open configuration, the options that a `defaults.ini` sets
/// are known too.
struct KnownNames: Sendable {
  private var sections: OrderedDictionary<ExactName, OrderedSet<ExactName>> = [:]
  private var patterns: [(sectionPattern: String, option: ExactName)] = []
  private let merged: MergedOptions

  init(_ schema: Schema, _ merged: MergedOptions, programNames: [OptionName]) {
    self.merged = merged
    for name in programNames + Options.renamed.map(\.former) { insert(name.section, name.option) }
    for option in merged.all { insert(ExactName(option.sectionPattern), option.option) }
    for declaration in schema.declarations {
      insert(declaration.sectionPattern, declaration.option)
    }
    for option in FlatpakRemoteOptions.names {
      insert(ExactName(FlatpakRemoteOptions.sectionPattern), option)
    }
  }

  /// Adds the options of EIB that an open configuration need not declare.
  mutating func insertInherited() {
    for name in EIBOptions.undone.map(\.name) { insert(name.section, name.option) }
  }

  /// Adds the options that a file sets. Sections that match the same pattern have the same options.
  mutating func insert(_ file: INIFile) {
    let families = Set(patterns.map(\.sectionPattern))
    for (section, options) in file.sections where section != Schema.ownSection {
      sections[section, default: []].append(contentsOf: options.keys)
      for family in families where Glob.matches(section.text, family) {
        patterns += options.keys.map { (family, $0) }
      }
    }
    for option in file.defaults.keys { insert("*", option) }
  }

  private mutating func insert(_ section: ExactName, _ option: ExactName) {
    if Glob.isPattern(section.text) {
      patterns.append((section.text, option))
    } else {
      sections[section, default: []].append(option)
    }
  }

  /// Returns an error for each section and each option in a file that is not known.
  func findings(in file: INIFile) -> [ConfigurationError] {
    var findings: [ConfigurationError] = []
    for (section, options) in [(INIFile.defaultSection, file.defaults)] + Array(file.sections) {
      guard let known = self.options(in: section) else {
        findings.append(
          .unknownSection(
            section.text, nearest: nearestSection(to: section),
            at: file.headerLines[section].map(file.origin)))
        continue
      }
      for (option, value) in options where !known.contains(option) {
        guard !isPart(option, in: section) else { continue }
        findings.append(
          unknown(OptionName(section: section, option: option), at: file.origin(value.line)))
      }
    }
    return findings
  }

  /// Returns the error for an unknown option.
  func unknown(_ name: OptionName, at origin: Origin) -> ConfigurationError {
    if let new = LoginOptions.replaced[name] {
      return LoginOptions.replacement(of: name, by: new, at: origin)
    }
    return .unknownOption(
      section: name.section.text, option: name.option.text, nearest: nearest(to: name), at: origin)
  }

  /// Returns the known section with the nearest name. In a section of a family such as
  /// `flatpak-remote-*`, only the beginning can be misspelt.
  func nearestSection(to section: ExactName) -> String? {
    let families = Set(patterns.map(\.sectionPattern)).compactMap { pattern -> String? in
      guard pattern.hasSuffix("*"), pattern.utf8.count > 1 else { return nil }
      let beginning = pattern.dropLast()
      return "\(beginning)\(section.text.dropFirst(beginning.count))"
    }
    return NearestName.find(section.text, among: sections.keys.map(\.text) + families.sorted()) {
      "[\($0)]"
    }
  }

  /// The known options, without the parts of merged ones and without sections with a pattern.
  var names: [OptionName] {
    sections.flatMap { section, options in
      options.filter { !isPart($0, in: section) }.map { OptionName(section: section, option: $0) }
    }
  }

  /// Returns whether an option is known.
  func contains(_ name: OptionName) -> Bool {
    options(in: name.section)?.contains(name.option) ?? false
      || isPart(name.option, in: name.section)
  }

  /// Returns whether a part of a merged option is known.
  func containsPart(of name: OptionName) -> Bool {
    sections[name.section]?.contains { MergedPart($0, of: name.option) != nil } ?? false
  }

  /// Returns whether a section is known.
  func contains(section: ExactName) -> Bool {
    options(in: section) != nil
  }

  /// The environment variables of the known options, except those in sections with a pattern.
  var variables: Set<String> {
    Set(
      sections.flatMap { section, options in
        options.map { Configuration.variable(section.text, $0.text) }
      })
  }

  /// Returns the known options of a section; nil for an unknown section. `[DEFAULT]` has all
  /// options.
  private func options(in section: ExactName) -> OrderedSet<ExactName>? {
    if section == INIFile.defaultSection {
      return OrderedSet(sections.values.joined() + patterns.map(\.option))
    }
    let fromPatterns = patterns.filter { Glob.matches(section.text, $0.sectionPattern) }
    guard !fromPatterns.isEmpty else { return sections[section] }
    return (sections[section] ?? []).union(fromPatterns.map(\.option))
  }

  private func isPart(_ option: ExactName, in section: ExactName) -> Bool {
    mergedOptions(in: section).contains { MergedPart(option, of: $0.option) != nil }
  }

  private func mergedOptions(in section: ExactName) -> [MergedOption] {
    section == INIFile.defaultSection ? merged.optionsAnywhere : merged.options(in: section)
  }

  private func nearest(to name: OptionName) -> String? {
    let parts = mergedOptions(in: name.section).flatMap {
      ["\($0.option.text)_add", "\($0.option.text)_del"]
    }
    let known = options(in: name.section)?.map(\.text) ?? []
    if let nearest = NearestName.find(name.option.text, among: known + parts) { return nearest }
    let elsewhere = sections.filter { $0.value.contains(name.option) }.keys
    return elsewhere.isEmpty
      ? nil : elsewhere.map { "\($0.text):\(name.option.text)" }.joined(separator: " or ")
  }
}
