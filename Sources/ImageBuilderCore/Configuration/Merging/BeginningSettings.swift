extension SettingStore {
  /// What the program itself sets in the section `build`.
  static let programOptions: [ExactName] =
    Attribute.allCases.map { ExactName($0.rawValue) } + [
      "dry_run", "series", "srcdir", "cachedir", "sysconfdir", "build_version",
      "use_production_ostree", "localdir", "localdatadir",
    ]

  /// The options of the section `build` that tell where and how this run is made, and nothing of
  /// what it makes.
  static let runOptions: Set<ExactName> = [
    "dry_run", "srcdir", "cachedir", "sysconfdir", "localdir", "localdatadir",
  ]

  /// Every option that the program sets or has a default for.
  static let programNames: [OptionName] =
    programOptions.map { OptionName(section: "build", option: $0) }
    + BuiltInDefaults.sections.flatMap { section, options in
      options.map { OptionName(section: ExactName(section), option: ExactName($0.name)) }
    }

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
    for attribute in Attribute.allCases {
      set(ExactName(attribute.rawValue), variant[attribute])
    }
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
