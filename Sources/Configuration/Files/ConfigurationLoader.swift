import Synchronization
import SystemPackage

/// Loads the configurations of variants. Each file is read only once.
package final class ConfigurationLoader: Sendable {
  /// What the configuration is read from.
  package let sources: ConfigurationSources

  let schema: Schema
  let site: SiteNames
  private let merged: MergedOptions
  private let files: LayerFiles

  /// Reads the schema.
  ///
  /// - Throws: `ConfigurationError` for sources that cannot be used, such as a fleet without a file,
  ///   and for a schema that cannot be read. A `defaults.ini` that cannot be read is skipped here;
  ///   `load` reports it.
  package init(_ sources: ConfigurationSources) throws(ConfigurationError) {
    self.sources = sources
    try sources.check()
    schema = try Schema(
      reading: sources.attributeDirectories.map { $0.appending("schema.ini") })
    var merged = MergedOptions()
    for option in schema.mergedOptions { merged.declare(option) }
    self.merged = merged
    files = LayerFiles(merged, isSecret: schema.isSecret)
    site = SiteNames(schema, merged, sources)
  }

  /// Loads the configuration of a variant.
  ///
  /// Later settings override earlier ones. The order is: the built-in defaults and the settings of
  /// the command line, the public files in the order of `ConfigurationLayer.all`, the private
  /// files.
  ///
  /// - Throws: `ConfigurationError` for files that cannot be read or merged. The values are checked
  ///   by `validate()`.
  package func load(
    _ variant: Variant, settings: BuildSettings
  ) throws(ConfigurationError) -> Configuration {
    try load(variant, settings: settings) { _ in true }
  }

  /// Loads the configuration of a variant from those files for which `isWanted` returns true.
  func load(
    _ variant: Variant, settings: BuildSettings, isWanted: (ConfigurationLayer) -> Bool
  ) throws(ConfigurationError) -> Configuration {
    var layers: [LoadedLayer] = []
    var errors: [ConfigurationError] = []
    for layer in ConfigurationLayer.all(of: variant, sources) where isWanted(layer) {
      do throws(ConfigurationError) {
        if let loaded = try files.read(layer, site.known) { layers.append(loaded) }
      } catch {
        errors.append(error)
      }
    }
    if !errors.isEmpty { throw refusal(errors, layers) }
    let beginning = SettingStore.beginning(variant, sources, settings)
    var publicOnly = beginning
    for layer in layers where !layer.isPrivate { publicOnly.add(layer.file) }
    var complete = publicOnly
    for layer in layers where layer.isPrivate { complete.add(layer.file, isPrivate: true) }
    let words: [OptionName: [MergedWord]]
    do throws(ConfigurationError) {
      words = try merge(&publicOnly, &complete)
    } catch {
      throw refusal([error], layers)
    }
    return Configuration(
      complete: complete, publicOnly: publicOnly, beginning: beginning, layers: layers,
      mergedWords: words, merged: merged, schema: schema, sources: sources, variant: variant,
      site: site)
  }

  /// Returns one error for `errors` and for the unknown names that a closed configuration refuses.
  private func refusal(
    _ errors: [ConfigurationError], _ layers: [LoadedLayer]
  ) -> ConfigurationError {
    let names = schema.unknownNames == .error ? site.findings + layers.flatMap(\.findings) : []
    let hidden = PrivateNames(sources, site.known)
    return ConfigurationError.combining((errors + names).map(hidden.hiding)) ?? errors[0]
  }

  /// Replaces the merged options of both stores, and returns the words of the complete one.
  private func merge(
    _ publicOnly: inout SettingStore, _ complete: inout SettingStore
  ) throws(ConfigurationError) -> [OptionName: [MergedWord]] {
    let unmerged = complete
    let schema = schema
    var merger = Merger(merged)
    try merger.merge(&complete) { store, _ in
      Interpolator(store: store, isSecret: schema.isSecret)
    }
    var publicMerger = Merger(merged)
    // A public list may refer to an option that only private files set, or to a merged option that
    // exists only because of private files.
    try publicMerger.merge(&publicOnly) { [complete] store, waiting in
      Interpolator(
        store: store,
        hides: {
          schema.isSecret($0)
            || (store[$0] == nil && !waiting.contains($0)
              && (unmerged[$0] != nil || complete[$0] != nil))
        })
    }
    return merger.words
  }
}

/// A file of a variant after it was read.
struct LoadedLayer: Sendable {
  let layer: ConfigurationLayer
  /// The file. Its bare `_add` and `_del` options have got their suffix. Empty for a private file
  /// that this user cannot read.
  let file: INIFile
  /// The names in the file that are not declared.
  let findings: [ConfigurationError]
  let warnings: [ConfigurationWarning]

  var isPrivate: Bool { layer.isPrivate }
}

/// A cache of the files that have been read, and of the errors of those that could not be read.
private final class LayerFiles: Sendable {
  private let merged: MergedOptions
  private let isSecret: @Sendable (OptionName) -> Bool
  private let cache = Mutex<[ConfigurationLayer: Result<LoadedLayer?, ConfigurationError>]>([:])

  init(_ merged: MergedOptions, isSecret: @escaping @Sendable (OptionName) -> Bool) {
    self.merged = merged
    self.isSecret = isSecret
  }

  /// Returns the file of a layer; nil if it does not exist.
  func read(
    _ layer: ConfigurationLayer, _ known: KnownNames
  ) throws(ConfigurationError) -> LoadedLayer? {
    if let known = cache.withLock({ $0[layer] }) { return try known.get() }
    let result = Result { () throws(ConfigurationError) in try load(layer, known) }
    cache.withLock { $0[layer] = result }
    return try result.get()
  }

  private func load(
    _ layer: ConfigurationLayer, _ known: KnownNames
  ) throws(ConfigurationError) -> LoadedLayer? {
    var warnings: [ConfigurationWarning] = []
    guard var file = try layer.read(warnings: &warnings, isSecret: isSecret) else {
      guard !warnings.isEmpty else { return nil }
      return LoadedLayer(
        layer: layer, file: try INIFile(path: layer.path, text: ""), findings: [],
        warnings: warnings)
    }
    let findings = ConfigurationError.first(of: known.findings(in: file), in: file.path)
    warnings += file.warnings(merged)
    file.qualifyMergedOptions(merged, namespace: layer.namespace)
    return LoadedLayer(layer: layer, file: file, findings: findings, warnings: warnings)
  }
}

extension INIFile {
  /// Returns warnings for options that override the command line, and for `_add` and `_del` options
  /// that a plain option in the same file replaces.
  fileprivate func warnings(_ merged: MergedOptions) -> [ConfigurationWarning] {
    let overriding = (sections["build"] ?? [:]).compactMap { option, value in
      SettingStore.programOptions.contains(option)
        ? ConfigurationWarning.overridesCommandLine(place("build", option, value)) : nil
    }
    let replaced = sections.flatMap { section, options in
      merged.options(in: section).filter { options[$0.option] != nil }.flatMap { list in
        options.compactMap { option, value in
          MergedPart(option, of: list.option).map { _ in
            ConfigurationWarning.ignoredOption(
              place(section, option, value),
              reason: "\(list.option.text) in the same file replaces the whole list")
          }
        }
      }
    }
    return overriding + replaced
  }

  private func place(_ section: ExactName, _ option: ExactName, _ value: Value) -> OptionPlace {
    OptionPlace(section: section.text, option: option.text, origin: origin(value.line))
  }
}
