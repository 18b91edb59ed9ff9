import SystemPackage

extension Configuration {
  /// Reads and merges the files of a variant.
  public static func load(
    _ variant: Variant, from sources: ConfigurationSources, settings: BuildSettings
  ) throws(ConfigurationError) -> Configuration {
    var loader = ConfigurationLoader(variant: variant, sources: sources, settings: settings)
    return try loader.load()
  }

  /// Reads the configuration that a running build has saved; nothing in it is known to be private.
  public static func load(saved path: FilePath) throws(ConfigurationError) -> Configuration {
    var store = SettingStore()
    store.add(try INIFile(path: path))
    var configuration = Configuration(
      store: store, publicSettings: nil, schema: Schema(), merged: MergedOptions(),
      attributeDirectories: [], privateWords: [])
    configuration.loadedFiles = [path]
    return configuration
  }
}

/// Lays the files of a variant over the program's own settings.
struct ConfigurationLoader {
  let variant: Variant
  let sources: ConfigurationSources
  let settings: BuildSettings

  private var schema = Schema()
  private var merged = MergedOptions()
  private var files: [(file: INIFile, layer: ConfigurationLayer)] = []
  private var privateNames = PrivateNames()
  private var warnings: [ConfigurationWarning] = []

  init(variant: Variant, sources: ConfigurationSources, settings: BuildSettings) {
    self.variant = variant
    self.sources = sources
    self.settings = settings
  }

  mutating func load() throws(ConfigurationError) -> Configuration {
    try checkLocalDirectory()
    schema = try Schema(
      reading: sources.attributeDirectories.map { $0.appending("schema.ini") })
    schema.mergedOptions.forEach { merged.declare($0) }
    try readLayers()
    let base = ProgramSettings.store(variant, sources, settings)
    var visible = base
    for (file, layer) in files where !layer.isPrivate {
      visible.add(file)
    }
    var complete = visible
    for (file, layer) in files where layer.isPrivate {
      complete.add(file, isPrivate: true)
    }
    return try finish(visible, complete)
  }

  private mutating func finish(
    _ visible: SettingStore, _ complete: SettingStore
  ) throws(ConfigurationError) -> Configuration {
    let schema = schema
    var complete = complete
    var merger = Merger(merged)
    try merger.merge(&complete) { store, _ in
      Interpolator(store: store, isSecret: schema.isSecret)
    }
    let configuration = Configuration(
      store: complete, publicSettings: try publicSettings(visible), schema: schema,
      merged: merged, attributeDirectories: sources.attributeDirectories,
      privateWords: merger.privateWords)
    return try checked(configuration)
  }

  private func publicSettings(_ visible: SettingStore) throws(ConfigurationError) -> PublicSettings {
    var visible = visible
    let schema = schema
    let privateNames = privateNames
    var merger = Merger(merged)
    try merger.merge(&visible) { store, pending in
      PublicSettings(store: store, schema: schema, privateNames: privateNames)
        .interpolator(pending: pending)
    }
    return PublicSettings(store: visible, schema: schema, privateNames: privateNames)
  }

  private func checkLocalDirectory() throws(ConfigurationError) {
    if let local = sources.localDirectory, !TextFile.isDirectory(local) {
      throw .missingDirectory(local, option: "--localdir")
    }
  }

  private mutating func readLayers() throws(ConfigurationError) {
    var errors: [ConfigurationError] = []
    for layer in ConfigurationLayer.all(of: variant, sources) {
      do throws(ConfigurationError) {
        guard var file = try layer.read(warnings: &warnings) else { continue }
        file.qualifyMergedOptions(merged, namespace: layer.namespace)
        if layer.isPrivate {
          privateNames.add(file, merged)
        }
        files.append((file, layer))
      } catch {
        errors.append(error)
      }
    }
    if let error = ConfigurationError.combining(errors) {
      throw error
    }
  }

  private mutating func checked(
    _ configuration: Configuration
  ) throws(ConfigurationError) -> Configuration {
    var configuration = configuration
    configuration.loadedFiles = files.map(\.file.path)
    warnings += try attributeWarnings(configuration) + schema.warnings
    warnings += ProgramSettings.overrides(in: files.map(\.file), sources)
    warnings += configuration.optionWarnings()
    configuration.warnings = warnings
    return configuration
  }

  /// Complains about attributes that no file names; the architecture is among a fixed few.
  private func attributeWarnings(
    _ configuration: Configuration
  ) throws(ConfigurationError) -> [ConfigurationWarning] {
    let policy = schema.unknownNames?.policy ?? .warn
    guard policy != .allow else { return [] }
    var found: [ConfigurationWarning] = []
    var errors: [ConfigurationError] = []
    for (attribute, value) in variant.attributes where !isDescribed(attribute, value) {
      let known = configuration.knownNames(of: attribute)
      let directory = sources.configDirectory.appending(attribute.rawValue)
      if policy == .error {
        errors.append(
          .unknownAttribute(attribute, found: value, known: known, directory: directory))
      } else if !known.isEmpty {
        found.append(
          .unknownAttribute(attribute, found: value, known: known, directory: directory))
      }
    }
    if let error = ConfigurationError.combining(errors) {
      throw error
    }
    return found
  }

  private func isDescribed(_ attribute: Attribute, _ value: String) -> Bool {
    if attribute == .arch || (attribute == .platform && value == variant.arch) {
      return true
    }
    return files.contains { file, _ in
      guard let folder = file.path.removingLastComponent().lastComponent?.string,
        let stem = file.path.stem
      else { return false }
      return AttributeFileName.names(attribute, value, of: variant, folder: folder, stem: stem)
    }
  }
}

/// What the names of attributes' files say.
enum AttributeFileName {
  /// Whether a file in a folder is about a value of an attribute, alone or in a pair.
  static func names(
    _ attribute: Attribute, _ value: String, of variant: Variant, folder: String, stem: String
  ) -> Bool {
    if folder == attribute.rawValue {
      return stem == value
    }
    let pair = folder.split(separator: "-").compactMap { Attribute(rawValue: String($0)) }
    guard pair.count == 2, pair.contains(attribute) else { return false }
    return stem == pair.map { variant[$0] }.joined(separator: "-")
  }
}
