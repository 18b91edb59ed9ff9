import SystemPackage

/// Finds names that a schema declares and no configuration file sets. They are probably misspelled
/// in the schema.
struct UnsetSchemaNames {
  private let schema: Schema
  private let sources: ConfigurationSources
  private let defaultsFiles: [INIFile]

  init(_ schema: Schema, _ sources: ConfigurationSources, defaultsFiles: [INIFile]) {
    self.schema = schema
    self.sources = sources
    self.defaultsFiles = defaultsFiles
  }

  var findings: [ConfigurationError] {
    var names = KnownNames(
      Schema(), MergedOptions(), programNames: Options.names)
    // The other files are read only if `defaults.ini` does not set all declared names.
    for file in defaultsFiles { names.insert(file) }
    if unset(names).isEmpty { return [] }
    for file in sources.allFiles() { names.insert(file) }
    let missing = unset(names)
    let sections = schema.sections.filter { section, _ in
      missing.contains { $0.sectionPattern == section } && !names.contains(section: section)
    }
    let ofSections = sections.map { section, origin in
      ConfigurationError.unknownSection(
        section.text, nearest: names.nearestSection(to: section), at: origin)
    }
    return ofSections
      + missing.filter { sections[$0.sectionPattern] == nil }.map { declaration in
        names.unknown(
          OptionName(section: declaration.sectionPattern, option: declaration.option),
          at: declaration.origin)
      }
  }

  /// Returns the declared options that nothing sets. Options in sections with a pattern need not
  /// match anything.
  private func unset(_ names: KnownNames) -> [Schema.Declaration] {
    schema.declarations.filter { declaration in
      let name = OptionName(section: declaration.sectionPattern, option: declaration.option)
      return !Glob.isPattern(name.section.text) && !names.contains(name)
        && !names.containsPart(of: name)
    }
  }
}
