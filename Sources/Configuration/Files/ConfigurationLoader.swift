import Synchronization
import SystemPackage

/// Reads configuration files, each once, and merges them for one variant or for many.
package final class ConfigurationLoader: Sendable {
  /// The directories that the files are in.
  package let sources: ConfigurationSources

  let schema: Schema
  let knownNames: KnownNames
  private let merged: MergedOptions
  /// What is wrong beside the files of a variant: in the schema, and files that nothing reads.
  private let findings: [ConfigurationError]
  private let files: LayerFiles

  /// Reads the schema.
  ///
  /// - Throws: `ConfigurationError` for a schema or a defaults.ini that cannot be read.
  package init(_ sources: ConfigurationSources) throws(ConfigurationError) {
    self.sources = sources
    schema = try Schema(
      reading: sources.attributeDirectories.map { $0.appending("schema.ini") })
    var merged = MergedOptions()
    for option in schema.mergedOptions { merged.declare(option) }
    self.merged = merged
    var known = KnownNames(schema, merged, programNames: Options.names)
    files = LayerFiles(merged, isSecret: schema.isSecret)
    guard schema.unknownNames != .allow else {
      (knownNames, findings) = (known, [])
      return
    }
    let stray = StrayFiles(sources).findings
    let defaultsFiles = sources.attributeDirectories.compactMap {
      try? INIFile(path: $0.appending("defaults.ini"))
    }
    if schema.unknownNames == .error {
      let names = SchemaNames(schema, sources, defaultsFiles: defaultsFiles)
      findings = schema.findings + names.findings + stray
    } else {
      for file in defaultsFiles { known.insert(file) }
      findings = schema.findings + stray
    }
    knownNames = known
  }

  /// Merges the files of a variant.
  ///
  /// Precedence, later wins: the built-in defaults, what the command line says, the public files
  /// in the order of `ConfigurationLayer.all`, the private ones.
  ///
  /// - Throws: `ConfigurationError` for files that cannot be read or merged. What the values
  ///   mean is looked at by `validate()`.
  package func load(
    _ variant: Variant, settings: BuildSettings
  ) throws(ConfigurationError) -> Configuration {
    try load(variant, settings: settings) { _ in true }
  }

  /// Merges those files of a variant that `isWanted` wants.
  func load(
    _ variant: Variant, settings: BuildSettings, isWanted: (ConfigurationLayer) -> Bool
  ) throws(ConfigurationError) -> Configuration {
    var layers: [LoadedLayer] = []
    var errors: [ConfigurationError] = []
    for layer in ConfigurationLayer.all(of: variant, sources) where isWanted(layer) {
      do throws(ConfigurationError) {
        if let loaded = try files.read(layer, knownNames) { layers.append(loaded) }
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
      findings: findings)
  }

  /// What is wrong, and the names that a closed configuration refuses, all at once.
  private func refusal(
    _ errors: [ConfigurationError], _ layers: [LoadedLayer]
  ) -> ConfigurationError {
    let names = schema.unknownNames == .error ? findings + layers.flatMap(\.findings) : []
    return ConfigurationError.combining(errors + names) ?? errors[0]
  }

  /// Counts the merged options of both views, and returns the words of the complete one.
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
    // A public list may refer to what only private files set, or to a list that is there because
    // of them.
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

/// A file of a variant, as it was read.
struct LoadedLayer: Sendable {
  let layer: ConfigurationLayer
  /// The file, bare `_add` and `_del` options with their suffix; no options for a private file that
  /// this user may not read.
  let file: INIFile
  /// The names in it that nothing declares.
  let findings: [ConfigurationError]
  let warnings: [ConfigurationWarning]

  var isPrivate: Bool { layer.isPrivate }
}

/// The files that were read until now.
private final class LayerFiles: Sendable {
  private let merged: MergedOptions
  private let isSecret: @Sendable (OptionName) -> Bool
  private let cache = Mutex<[FilePath: Result<LoadedLayer?, ConfigurationError>]>([:])

  init(_ merged: MergedOptions, isSecret: @escaping @Sendable (OptionName) -> Bool) {
    self.merged = merged
    self.isSecret = isSecret
  }

  /// The file of a layer; nil when there is none.
  func read(
    _ layer: ConfigurationLayer, _ known: KnownNames
  ) throws(ConfigurationError) -> LoadedLayer? {
    if let known = cache.withLock({ $0[layer.path] }) { return try known.get() }
    let result = Result { () throws(ConfigurationError) in try load(layer, known) }
    cache.withLock { $0[layer.path] = result }
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
    let findings = known.findings(in: file)
    warnings += file.oddities(merged)
    file.qualifyMergedOptions(merged, namespace: layer.namespace)
    return LoadedLayer(layer: layer, file: file, findings: findings, warnings: warnings)
  }
}

extension INIFile {
  /// Warnings for options that the command line has set already, and for lists that a plain option
  /// of the same file replaces.
  fileprivate func oddities(_ merged: MergedOptions) -> [ConfigurationWarning] {
    let overriding = (sections["build"] ?? [:]).compactMap { option, value in
      SettingStore.programOptions.contains(option)
        ? ConfigurationWarning.overridesProgram(place("build", option, value)) : nil
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
