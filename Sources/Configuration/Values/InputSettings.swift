/// The settings that decide what a build makes, as they are written. They do not depend on the host
/// and the run: references are not expanded, and the directories and the version of the build are
/// left out.
package struct InputSettings: Sendable {
  /// The settings of public files, as the published configuration shows them.
  package fileprivate(set) var `public`: [(name: OptionName, text: String)] = []
  /// The settings that the published configuration does not show, or shows with another text.
  package fileprivate(set) var `private`: [(name: OptionName, text: String)] = []
}

extension Configuration {
  /// Returns the settings that decide the results of the stages up to `stage`: those of the sections
  /// that these stages read, and all that these refer to.
  ///
  /// A saved configuration has the same ones as the configuration that the build saved.
  ///
  /// - Throws: `ConfigurationError` for an invalid reference; `publicViewUnavailable`.
  package func inputSettings(through stage: Stage) throws(ConfigurationError) -> InputSettings {
    guard let publicOnly else { throw .publicViewUnavailable }
    let hides = hides(in: .public, publicOnly)
    var settings = InputSettings()
    for name in try inputNames(through: stage).sorted() {
      let shown = publicOnly[name].map { hides(name) ? Interpolator.hiddenText : $0.text }
      if let shown { settings.public.append((name, shown)) }
      guard let text = complete[name]?.text else { continue }
      if shown.map({ ExactName($0) }) != ExactName(text) { settings.private.append((name, text)) }
    }
    return settings
  }

  /// The settings that the published configuration shows and that decide which one it is. Settings of
  /// the publish stage are left out.
  package var publishedSettings: [(name: OptionName, text: String)] {
    guard let publicOnly else { return [] }
    let hides = hides(in: .public, publicOnly)
    return publicOnly.names.compactMap { name in
      guard let setting = publicOnly[name],
        Options.firstStage(ofSection: name.section) != .publish,
        ![.onRun, .onPlaces].contains(Options.effect(of: name))
      else { return nil }
      return (name, hides(name) ? Interpolator.hiddenText : setting.text)
    }
  }

  /// The private key under which private settings are digested; nil if it is empty.
  package var inputsKey: String? {
    get throws(ConfigurationError) {
      let key = try valueIfSet(Options.fleet.inputsKey) ?? ""
      return key.isEmpty ? nil : key
    }
  }

  private func inputNames(through stage: Stage) throws(ConfigurationError) -> Set<OptionName> {
    var names: Set<OptionName> = []
    var waiting: [OptionName] = []
    for section in complete.sections.keys {
      guard let first = Options.firstStage(ofSection: section), first <= stage else { continue }
      waiting += complete.options(in: section).map { OptionName(section: section, option: $0) }
        .filter { Options.effect(of: $0) != .onTime }
    }
    while let name = waiting.popLast() {
      guard let setting = complete[name],
        ![.onRun, .onPlaces].contains(Options.effect(of: name)), names.insert(name).inserted
      else { continue }
      for piece in try ReferenceText.pieces(of: setting, named: name) {
        guard case .reference(let section, let option, _, _) = piece else { continue }
        waiting.append(OptionName(section: section ?? name.section, option: option))
      }
    }
    return names
  }
}
