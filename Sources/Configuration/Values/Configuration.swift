import SystemPackage

/// The merged configuration of a variant: all options with their origin.
package struct Configuration: Sendable {
  /// The part of the configuration that is shown.
  package enum View: Sendable {
    /// The settings of the program and of public files. Secret options, and references to private
    /// options, are shown as `<private>`.
    case `public`
    /// All settings, private ones included.
    case complete
  }

  /// The shortest private value, in characters, that is removed from logs. Removing shorter ones
  /// would remove too much other text.
  package static let shortestFilteredValue = 6

  /// The settings of all files.
  let complete: SettingStore
  /// The settings of the public files; nil for the saved configuration of a build.
  let publicOnly: SettingStore?
  /// The settings before the first file was read: the built-in defaults and those that the program
  /// sets.
  let beginning: SettingStore
  /// The files that were read, in that order.
  let layers: [LoadedLayer]
  /// The words of the merged options before they were counted.
  let mergedWords: [OptionName: [MergedWord]]
  let merged: MergedOptions
  let schema: Schema
  let sources: ConfigurationSources?
  let variant: Variant?
  /// What the files of all variants say about names.
  let site: SiteNames

  /// Loads the configuration that a build saved with `rendered(.complete, resolved: false)`.
  ///
  /// - Parameter options: options of the section `build` to leave out.
  package static func load(
    saved path: FilePath, without options: Set<ExactName> = []
  ) throws(ConfigurationError) -> Configuration {
    try load(saved: INIFile(path: path), without: options)
  }

  /// Loads a saved configuration from its text.
  package static func load(savedText text: String) throws(ConfigurationError) -> Configuration {
    try load(saved: INIFile(path: "", text: text), without: [])
  }

  private static func load(
    saved file: INIFile, without options: Set<ExactName>
  ) throws(ConfigurationError) -> Configuration {
    var store = SettingStore()
    store.add(file)
    for option in options { store.remove("build", option) }
    return Configuration(
      complete: store, publicOnly: nil, beginning: SettingStore(), layers: [], mergedWords: [:],
      merged: MergedOptions(), schema: Schema(), sources: nil, variant: nil, site: SiteNames())
  }

  /// Whether the files of a site were read, and not what a build has saved of them.
  package var isLoadedFromSites: Bool { !layers.isEmpty }

  /// Returns whether an option is set. It may be empty.
  package func isSet(_ name: OptionName) -> Bool { complete[name] != nil }

  /// Returns where an option was set. For a merged option it is the last part.
  package func origin(of section: String, _ option: String) -> Origin? {
    complete[ExactName(section), ExactName(option)]?.origin
  }

  /// The private values, of six characters or more, that must not appear in logs.
  package var privateValues: [String] {
    var values = mergedWords.values.joined().filter(\.isPrivate).map(\.text)
    for name in complete.names {
      guard let setting = complete[name] else { continue }
      do throws(ConfigurationError) {
        let result = try expanded(name)
        // Only those words of a merged list are private that private files added.
        if result.isPrivate, !setting.isMerged { values.append(result.text) }
      } catch {
        // The value cannot be expanded, so its text and the parts between references are private.
        guard setting.isPrivate || schema.isSecret(name) else { continue }
        values += [setting.text] + ReferenceText.literals(of: setting, named: name)
      }
    }
    return values.filter { $0.unicodeScalars.count >= Self.shortestFilteredValue }
  }

  /// An interpolator for all settings.
  var interpolator: Interpolator { Interpolator(store: complete, isSecret: schema.isSecret) }

  /// Returns the expanded value of an option.
  ///
  /// - Throws: `ConfigurationError` if the option is not set or cannot be expanded.
  func expanded(_ name: OptionName) throws(ConfigurationError) -> Interpolator.Result {
    guard let setting = complete[name] else {
      let nearest = complete.nearest(to: name) { "\($0):\($1)" }
      throw .missingOption(section: name.section.text, option: name.option.text, nearest: nearest)
    }
    return try interpolator.value(of: name, setting: setting)
  }
}
