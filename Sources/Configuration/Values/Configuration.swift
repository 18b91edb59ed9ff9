import SystemPackage

/// The merged configuration of one variant: every option with the place that set it.
package struct Configuration: Sendable {
  /// Which settings are to be seen.
  package enum View: Sendable {
    /// Those of the public files alone; what is declared secret shows as `<private>`.
    case `public`
    /// All of them.
    case complete
  }

  /// Private values that are shorter cannot be kept out of logs without hiding too much.
  package static let shortestFilteredValue = 6

  /// What all files say together.
  let complete: SettingStore
  /// What the public files say; nil for the saved configuration of a build.
  let publicOnly: SettingStore?
  /// What was there before the first file.
  let beginning: SettingStore
  /// The files that were read, in their order.
  let layers: [LoadedLayer]
  /// The words that merged options were counted from.
  let mergedWords: [OptionName: [MergedWord]]
  let merged: MergedOptions
  let schema: Schema
  let sources: ConfigurationSources?
  let variant: Variant?
  /// What is wrong beside the variant: in the schema, and files that nothing reads.
  let findings: [ConfigurationError]

  /// Reads the configuration that a running build saved with `rendered(.complete, ...)`.
  ///
  /// - Parameter options: those of the section `build` that are left out.
  package static func load(
    saved path: FilePath, without options: Set<ExactName> = []
  ) throws(ConfigurationError) -> Configuration {
    try load(saved: INIFile(path: path), without: options)
  }

  /// The configuration that such a file would hold.
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
      merged: MergedOptions(), schema: Schema(), sources: nil, variant: nil, findings: [])
  }

  /// Whether the option is set, if only to nothing.
  package func isSet(_ name: OptionName) -> Bool { complete[name] != nil }

  /// Where the option was set; for a merged one, its last part.
  package func origin(of section: String, _ option: String) -> Origin? {
    complete[ExactName(section), ExactName(option)]?.origin
  }

  /// The values, of six characters or more, that must not be seen in any log.
  package var privateValues: [String] {
    var values = mergedWords.values.joined().filter(\.isPrivate).map(\.text)
    for name in complete.names {
      guard let setting = complete[name] else { continue }
      do throws(ConfigurationError) {
        let result = try expanded(name)
        // Of a merged list only the words that private files added are private.
        if result.isPrivate, !setting.isMerged { values.append(result.text) }
      } catch {
        // A value that cannot be expanded is as private as it is written.
        guard setting.isPrivate || schema.isSecret(name) else { continue }
        values += [setting.text] + ReferenceText.literals(of: setting, named: name)
      }
    }
    return values.filter { $0.unicodeScalars.count >= Self.shortestFilteredValue }
  }

  /// Expands the settings of the complete view.
  var interpolator: Interpolator { Interpolator(store: complete, isSecret: schema.isSecret) }

  /// The value of an option of the complete view that is set.
  func expanded(_ name: OptionName) throws(ConfigurationError) -> Interpolator.Result {
    guard let setting = complete[name] else {
      let nearest = complete.nearest(to: name) { "\($0):\($1)" }
      throw .missingOption(section: name.section.text, option: name.option.text, nearest: nearest)
    }
    return try interpolator.value(of: name, setting: setting)
  }
}
