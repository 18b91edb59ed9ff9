/// The configuration as it is without its private layers.
struct PublicSettings: Sendable {
  var store: SettingStore
  let schema: Schema
  let privateNames: PrivateNames

  /// Expands references, with `<private>` for what may not be seen. Options in `pending` are not
  /// merged yet.
  func interpolator(pending: Set<OptionName> = []) -> Interpolator {
    Interpolator(store: store, hides: { hides($0, pending: pending) })
  }

  /// Whether the value of an option is hidden: declared secret, or set by private layers only.
  func hides(_ name: OptionName, pending: Set<OptionName> = []) -> Bool {
    if schema.isSecret(name) {
      return true
    }
    return store[name] == nil && privateNames.contains(name) && !pending.contains(name)
  }
}

/// The options that private files set.
struct PrivateNames: Sendable {
  private var names: Set<OptionName> = []

  /// Takes the names of a private file; a part of a merged option counts as the option too.
  mutating func add(_ file: INIFile, _ merged: MergedOptions) {
    for (section, options) in [(INIFile.defaultSection, file.defaults)] + Array(file.sections) {
      let mergedHere =
        section == INIFile.defaultSection
        ? merged.optionsAnywhere : merged.options(in: section)
      for option in options.keys {
        names.insert(OptionName(section: section, option: option))
        for whole in mergedHere where MergedPart(option, of: whole.option) != nil {
          names.insert(OptionName(section: section, option: whole.option))
        }
      }
    }
  }

  func contains(_ name: OptionName) -> Bool {
    names.contains(name)
      || names.contains(OptionName(section: INIFile.defaultSection, option: name.option))
  }
}
