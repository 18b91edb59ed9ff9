import SystemPackage

extension Configuration {
  /// Reads and merges the files of a variant.
  ///
  /// Precedence, later wins: the built-in defaults, what the command line says, the public files
  /// in the order of `ConfigurationLayer.all`, the private ones.
  ///
  /// - Throws: `ConfigurationError` for files that cannot be read or merged. What the values
  ///   mean is looked at by `validate()`.
  public static func load(
    _ variant: Variant, from sources: ConfigurationSources, settings: BuildSettings
  ) throws(ConfigurationError) -> Configuration {
    let schema = try Schema(reading: schemaFiles(sources))
    var merged = MergedOptions()
    for option in schema.mergedOptions { merged.declare(option) }
    var warnings = schema.warnings
    var publicOnly = SettingStore.beginning(variant, sources, settings)
    let programOptions = Set(publicOnly.names.filter { publicOnly[$0]?.origin == .program })
    var privateFiles: [INIFile] = []
    var loadedFiles: [FilePath] = []
    var errors: [ConfigurationError] = []
    for layer in ConfigurationLayer.all(of: variant, sources) {
      do throws(ConfigurationError) {
        guard var file = try layer.read(warnings: &warnings) else { continue }
        loadedFiles.append(layer.path)
        warnings += file.overrides(of: programOptions)
        file.qualifyMergedOptions(merged, namespace: layer.namespace)
        if layer.isPrivate { privateFiles.append(file) } else { publicOnly.add(file) }
      } catch {
        errors.append(error)
      }
    }
    if let error = ConfigurationError.combining(errors) { throw error }

    var complete = publicOnly
    for file in privateFiles { complete.add(file, isPrivate: true) }
    let unmerged = complete
    var merger = Merger(merged)
    try merger.merge(&complete) { store, _ in
      Interpolator(store: store, isSecret: schema.isSecret)
    }
    var publicMerger = Merger(merged)
    // A public list may refer to what only private files set.
    try publicMerger.merge(&publicOnly) { store, waiting in
      Interpolator(
        store: store,
        hides: {
          schema.isSecret($0) || (store[$0] == nil && !waiting.contains($0) && unmerged[$0] != nil)
        })
    }
    var configuration = Configuration(
      complete: complete, publicOnly: publicOnly, schema: schema, sources: sources,
      variant: variant, privateWords: merger.privateWords, loadedFiles: loadedFiles,
      warnings: warnings)
    configuration.warnings += configuration.attributeWarnings() + configuration.ignoredOptions()
    configuration.warnings += configuration.shortPrivateValues()
    return configuration
  }

  /// Reads the configuration that a running build saved with `rendered(.complete, ...)`.
  public static func load(saved path: FilePath) throws(ConfigurationError) -> Configuration {
    var store = SettingStore()
    store.add(try INIFile(path: path))
    return Configuration(
      complete: store, publicOnly: nil, schema: Schema(), sources: nil, variant: nil,
      privateWords: [], loadedFiles: [path], warnings: [])
  }

  private static func schemaFiles(_ sources: ConfigurationSources) -> [FilePath] {
    sources.attributeDirectories.map { $0.appending("schema.ini") }
  }
}

extension SettingStore {
  /// The built-in defaults and what the program itself sets.
  static func beginning(
    _ variant: Variant, _ sources: ConfigurationSources, _ settings: BuildSettings
  ) -> SettingStore {
    var store = SettingStore()
    let build: ExactName = "build"
    func set(_ option: ExactName, _ value: String) {
      // A path with a dollar sign is no reference.
      let text = ReferenceText.escape(value)
      store.set(build, option, Setting(text: text, origin: .program))
    }
    for (attribute, value) in variant.attributes { set(ExactName(attribute.rawValue), value) }
    set("dry_run", settings.isDryRun ? "true" : "false")
    set("series", variant.series)
    set("srcdir", sources.sourceDirectory.string)
    set("cachedir", sources.cacheDirectory.string)
    set("sysconfdir", sources.systemDirectory.string)
    set("build_version", settings.buildVersion)
    set("use_production_ostree", settings.usesProductionOSTree ? "true" : "false")
    if let local = sources.localDirectory {
      set("localdir", local.string)
      store.set(
        build, "localdatadir", Setting(text: "${localdir}/data", origin: .program))
    }
    for (section, options) in BuiltInDefaults.sections {
      for (option, value) in options {
        store.set(
          ExactName(section), ExactName(option), Setting(text: value, origin: .builtIn))
      }
    }
    return store
  }
}

extension INIFile {
  /// A warning for each option that the command line has set already.
  fileprivate func overrides(of names: Set<OptionName>) -> [ConfigurationWarning] {
    sections.flatMap { section, options in
      options.compactMap { option, value in
        guard names.contains(OptionName(section: section, option: option)) else { return nil }
        return .overridesProgram(
          OptionPlace(section: section.text, option: option.text, origin: origin(value.line)))
      }
    }
  }
}
