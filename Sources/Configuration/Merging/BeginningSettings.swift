extension SettingStore {
  /// The options of the section `build` that the program sets.
  static let programOptions: [ExactName] = Options.build.setByProgram

  /// Returns the settings before the first file is read: the built-in defaults and those that the
  /// program sets.
  static func beginning(
    _ variant: Variant, _ sources: ConfigurationSources, _ settings: BuildSettings
  ) -> SettingStore {
    var store = SettingStore()
    let build: ExactName = "build"
    func set(_ option: ExactName, _ value: String) {
      // A path may contain a dollar sign, which must not start a reference.
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
    set("fleet", sources.fleet ?? "")
    if let local = sources.localDirectories.last {
      set("localdir", local.string)
      set("localdirs", sources.localDirectories.reversed().map(\.string).joined(separator: ":"))
      store.set(
        build, "localdatadir", Setting(text: "${localdir}/data", origin: .program))
    }
    for option in Options.all {
      guard let text = option.defaultText else { continue }
      store.set(
        option.name.section, option.nameOfDefault, Setting(text: text, origin: .builtIn))
    }
    return store
  }
}
