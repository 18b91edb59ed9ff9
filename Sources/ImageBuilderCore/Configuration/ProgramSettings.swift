import SystemPackage

/// What the program puts below all files: its defaults, and what the command line says.
enum ProgramSettings {
  private static let section: ExactName = "build"

  /// The settings before any file is read.
  static func store(
    _ variant: Variant, _ sources: ConfigurationSources, _ settings: BuildSettings
  ) -> SettingStore {
    var store = SettingStore()
    for (option, text) in options(variant, sources, settings) {
      store.set(section, ExactName(option), Setting(text: text, origin: .program))
    }
    for (section, options) in BuiltInDefaults.sections {
      for (option, text) in options {
        let setting = Setting(text: text, origin: .builtIn)
        store.set(ExactName(section), ExactName(option), setting)
      }
    }
    return store
  }

  /// Files that set what the command line sets.
  static func overrides(
    in files: [INIFile], _ sources: ConfigurationSources
  ) -> [ConfigurationWarning] {
    let local = sources.localDirectory == nil ? [] : localNames
    return files.flatMap { file in
      (names + local).compactMap { option in
        file.sections[section]?[ExactName(option)].map { value in
          .overridesProgram(
            OptionPlace(section: "build", option: option, origin: file.origin(value.line)))
        }
      }
    }
  }

  private static let names = [
    "product", "branch", "arch", "platform", "personality", "dry_run", "series", "srcdir",
    "cachedir", "sysconfdir", "build_version", "use_production_ostree",
  ]
  private static let localNames = ["localdir", "localdatadir"]

  private static func options(
    _ variant: Variant, _ sources: ConfigurationSources, _ settings: BuildSettings
  ) -> [(String, String)] {
    let values = [
      variant.product, variant.branch, variant.arch, variant.platform, variant.personality,
      String(settings.isDryRun), variant.series, sources.sourceDirectory.string,
      sources.cacheDirectory.string, sources.systemDirectory.string, settings.buildVersion,
      String(settings.usesProductionOSTree),
    ]
    var options = Array(zip(names, values.map(ReferenceText.escape)))
    if let local = sources.localDirectory {
      options += zip(localNames, [ReferenceText.escape(local.string), "${localdir}/data"])
    }
    return options
  }
}
