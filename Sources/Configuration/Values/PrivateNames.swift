import SystemPackage

/// Hides the names of sections and options that only private files contain. In a file with a
/// mistake, a part of a value can be taken for a name.
struct PrivateNames {
  private let files: Set<FilePath>
  private let known: KnownNames
  private let publicSettings: SettingStore

  /// - Parameter publicSettings: the settings of the public files.
  init(
    _ sources: ConfigurationSources?, _ known: KnownNames,
    publicSettings: SettingStore = SettingStore()
  ) {
    files = Set(sources.map(ConfigurationLayer.privateLayers)?.map(\.path) ?? [])
    self.known = known
    self.publicSettings = publicSettings
  }

  /// Returns the error without the private names.
  func hiding(_ error: ConfigurationError) -> ConfigurationError {
    switch error {
    case .several(let errors): return .several(errors.map(hiding))
    case .duplicateSection(let section, let at, let first):
      return .duplicateSection(shown(section, at), at: at, first: first)
    case .duplicateOption(let section, let option, let at, let first):
      let (section, option) = shown(section, option, at)
      return .duplicateOption(section: section, option: option, at: at, first: first)
    case .badReference(let section, let option, let found, let at):
      let (section, option) = shown(section, option, at)
      return .badReference(section: section, option: option, found: found, at: at)
    case .unknownReference(let section, let option, let reference, let nearest, let at):
      let (section, option) = shown(section, option, at)
      return .unknownReference(
        section: section, option: option, reference: reference, nearest: nearest, at: at)
    case .tooDeep(let section, let option, let reference, let at):
      let (shownSection, shownOption) = shown(section, option, at)
      return .tooDeep(
        section: shownSection, option: shownOption,
        reference: isPrivate(at) ? Interpolator.hiddenText : reference, at: at)
    case .tooLong(let section, let option, let at):
      let (section, option) = shown(section, option, at)
      return .tooLong(section: section, option: option, at: at)
    case .unknownSection(let section, let nearest, let at):
      return .unknownSection(shown(section, at), nearest: nearest, at: at)
    case .unknownOption(let section, let option, let nearest, let at):
      let (section, option) = shown(section, option, at)
      return .unknownOption(section: section, option: option, nearest: nearest, at: at)
    case .unmatchedDeletion(let place, let word, let nearest):
      return .unmatchedDeletion(shown(place), word: word, nearest: nearest)
    case .missingHook(let section, let name, let directories, let nearest, let at):
      return .missingHook(
        section: shown(section, at), name: name, lookedIn: directories, nearest: nearest, at: at)
    case .collision(let variable, let first, let second):
      let (one, other) = (shown(first), shown(second))
      let isHidden = one != first || other != second
      return .collision(variable: isHidden ? Interpolator.hiddenText : variable, one, other)
    case .nulCharacter(let section, let option, let at):
      let (section, option) = shown(section, option, at)
      return .nulCharacter(section: section, option: option, at: at)
    case .cannotBeSaved(let section, let option, let at):
      let (section, option) = shown(section, option, at)
      return .cannotBeSaved(section: section, option: option, at: at)
    default: return error
    }
  }

  /// Returns the warning without the private names.
  func hiding(_ warning: ConfigurationWarning) -> ConfigurationWarning {
    switch warning {
    case .ignoredOption(let place, let reason): .ignoredOption(shown(place), reason: reason)
    case .deprecated(let place, let use): .deprecated(shown(place), use: use)
    case .unread(let place, let missing): .unread(shown(place), missing: missing)
    case .shortPrivateValue(let place): .shortPrivateValue(shown(place))
    case .tolerated(let error): .tolerated(hiding(error))
    default: warning
    }
  }

  private func isPrivate(_ origin: Origin?) -> Bool { origin?.file.map(files.contains) ?? false }

  private func shown(_ place: OptionPlace) -> OptionPlace {
    let (section, option) = shown(place.section, place.option, place.origin)
    return OptionPlace(section: section, option: option, origin: place.origin)
  }

  private func shown(_ section: String, _ option: String, _ at: Origin?) -> (String, String) {
    let name = OptionName(section: ExactName(section), option: ExactName(option))
    let isShown = !isPrivate(at) || known.contains(name) || publicSettings[name] != nil
    return (shown(section, at), isShown ? option : Interpolator.hiddenText)
  }

  private func shown(_ section: String, _ at: Origin?) -> String {
    let name = ExactName(section)
    let isShown =
      !isPrivate(at) || known.contains(section: name) || publicSettings.contains(name)
    return isShown ? section : Interpolator.hiddenText
  }
}

extension Configuration {
  var privateNames: PrivateNames {
    PrivateNames(sources, site.known, publicSettings: publicOnly ?? SettingStore())
  }
}
