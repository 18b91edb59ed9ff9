import SystemPackage

/// Finds options that ask for something that is not done, because neither the program nor a hook of
/// the variant reads them. Empty and false values ask for nothing.
struct UnreadOptions {
  private let configuration: Configuration
  private let readers: OptionReaders
  private let scripts: [ScriptText]
  /// The sections, and options as SECTION:OPTION, that have a warning already.
  private let told: Set<String>

  init(_ configuration: Configuration, _ scripts: VariantScripts, besides told: Set<String>) {
    self.configuration = configuration
    self.told = told
    self.scripts = scripts.all.map(\.text)
    readers = OptionReaders(configuration, scripts)
  }

  var warnings: [ConfigurationWarning] {
    let undone = EIBOptions.undone.filter { asks($0.name) && isUnread($0.name) }
    let names = Set(undone.map(\.name))
    return undone.map { warning($0.name, missing: $0.effect) } + unreadFlatpaks
      + requested.filter { !names.contains($0) && asks($0) && isUnread($0) }
      .map { warning($0, missing: nil) }
  }

  /// The options that files other than `defaults.ini` set. Those that are not declared have a
  /// warning of their own.
  private var requested: [OptionName] {
    let configuration = configuration
    let defaults = configuration.layers.filter { $0.layer.path.lastComponent == "defaults.ini" }
    return configuration.complete.names.filter { name in
      guard let setting = configuration.complete[name], let file = setting.origin.file,
        !defaults.contains(where: { $0.layer.path == file }), !setting.isPrivate
      else { return false }
      let isTold = told.contains("\(name)") || told.contains(name.section.text)
      return !isTold && !Glob.matches(name.section.text, FlatpakRemoteOptions.sectionPattern)
        && name.section != Options.flatpak.name
    }
  }

  /// One warning if Flatpak remotes name apps or runtimes that no hook installs.
  private var unreadFlatpaks: [ConfigurationWarning] {
    let lists = configuration.flatpakRemotes.flatMap { [$0.apps.name, $0.runtimes.name] }
      .filter(asks)
    guard let first = lists.first, !lists.contains(where: isInstalled) else { return [] }
    return [warning(first, missing: "the image gets no Flatpak apps")]
  }

  /// Returns whether a script reads a list of a Flatpak remote, and not only to test it.
  private func isInstalled(_ list: OptionName) -> Bool {
    let variable = Configuration.variable(list.section.text, list.option.text)
    return scripts.contains { script in
      script.quotedWords["flatpak-remote-"] != nil
        || script.line(reading: variable) != nil && !script.tested.contains(variable)
    }
  }

  private func asks(_ name: OptionName) -> Bool {
    guard configuration.isSet(name), let value = try? configuration.text(of: name) else {
      return false
    }
    return !PythonText.words(value).isEmpty && BooleanSyntax.value(value) != false
  }

  private func isUnread(_ name: OptionName) -> Bool { readers.readers(of: name).isEmpty }

  private func warning(_ name: OptionName, missing: String?) -> ConfigurationWarning {
    .unread(
      OptionPlace(
        section: name.section.text, option: name.option.text,
        origin: configuration.complete[name]?.origin), missing: missing)
  }
}

extension Configuration {
  /// The problems that do not fail a build, including options that nothing reads. An option that
  /// is not declared is no problem if a script of the site reads it.
  /// If the scripts cannot be found, which a build reports, they count as no reader.
  package var warningsOfHooks: [ConfigurationWarning] {
    guard schema.unknownNames == .warn, let scripts = try? VariantScripts(of: self) else {
      return warnings
    }
    return warnings(scripts)
  }

  /// The same, for the scripts of the variant.
  func warnings(_ scripts: VariantScripts) -> [ConfigurationWarning] {
    guard schema.unknownNames == .warn else { return warnings }
    let remaining = warnings.filter { warning in
      guard let (section, option) = warning.unknownName else { return true }
      return !scripts.siteNames(
        Self.variable(section, option ?? ""), isBeginning: option == nil)
    }
    let told = remaining.compactMap { warning -> String? in
      guard case .tolerated(let error) = warning else { return nil }
      return error.option.map { "\($0)" } ?? warning.unknownName?.section
    }
    return remaining + UnreadOptions(self, scripts, besides: Set(told)).warnings
  }
}

extension ConfigurationWarning {
  /// The section that is not declared, or the option.
  fileprivate var unknownName: (section: String, option: String?)? {
    switch self {
    case .tolerated(.unknownOption(let section, let option, _, _)): (section, option)
    case .tolerated(.unknownSection(let section, _, _)): (section, nil)
    default: nil
    }
  }
}
