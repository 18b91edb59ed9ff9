import SystemPackage

/// Typed values. Each throws `ConfigurationError` when the option is not set, refers to what is
/// not set, or is not what the type accepts.
extension Configuration {
  /// The text, references expanded.
  public func value(_ section: String, _ option: String) throws(ConfigurationError) -> String {
    try expanded(OptionName(section: ExactName(section), option: ExactName(option))).text
  }

  /// The words between blanks and line ends.
  public func words(_ section: String, _ option: String) throws(ConfigurationError) -> [String] {
    PythonText.words(try value(section, option))
  }

  /// Where a word of an option comes from.
  struct WordPlace {
    let origin: Origin
    let isPrivate: Bool
  }

  /// The different words of an option that is set.
  func wordPlaces(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> [ExactName: WordPlace] {
    let name = OptionName(section: ExactName(section), option: ExactName(option))
    guard let setting = complete[name] else { return [:] }
    var places: [ExactName: WordPlace] = [:]
    if setting.isMerged {
      let kept = Set(try words(section, option).map { ExactName($0) })
      for word in mergedWords[name] ?? [] where word.part == .addition {
        let text = ExactName(word.text)
        guard kept.contains(text) else { continue }
        places[text] = WordPlace(origin: word.origin, isPrivate: word.isPrivate)
      }
      return places
    }
    let interpolator = interpolator
    for line in setting.lines {
      let value = try interpolator.value(of: name, setting: line)
      for word in PythonText.words(value.text) {
        places[ExactName(word)] = WordPlace(origin: line.origin, isPrivate: value.isPrivate)
      }
    }
    return places
  }

  /// An absolute path, normalized.
  public func path(_ section: String, _ option: String) throws(ConfigurationError) -> FilePath {
    let text = try value(section, option)
    let path = FilePath(text)
    guard path.isAbsolute, !text.utf8.contains(0) else {
      throw try unacceptable(section, option, accepted: "an absolute path")
    }
    return path.lexicallyNormalized()
  }

  /// Whether the option says yes.
  public func isTrue(_ section: String, _ option: String) throws(ConfigurationError) -> Bool {
    guard let answer = BooleanText.value(try value(section, option)) else {
      throw try unacceptable(section, option, accepted: BooleanText.accepted)
    }
    return answer
  }

  /// A number of bytes; nil when the option is empty.
  public func sizeInBytes(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> UInt64? {
    let text = try value(section, option)
    if text.isEmpty { return nil }
    guard let size = ByteSizeText.value(text) else {
      throw try unacceptable(section, option, accepted: ByteSizeText.accepted)
    }
    return size
  }

  /// A span of time.
  func duration(_ section: String, _ option: String) throws(ConfigurationError) -> Duration {
    guard let duration = DurationText.value(try value(section, option)) else {
      throw try unacceptable(section, option, accepted: DurationText.accepted)
    }
    return duration
  }

  /// How long something may take; nil, when the option is empty or zero, for any time.
  func timeLimit(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> Duration? {
    try value(section, option).isEmpty ? nil : DurationText.limit(try duration(section, option))
  }

  /// One of the cases of an enumeration, by its raw value.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
    let text = try value(section, option)
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue)
      throw try unacceptable(
        section, option, accepted: known.joined(separator: ", "),
        nearest: NearestName.find(text, among: known))
    }
    return choice
  }

  /// The error for a value that is not what `accepted` says.
  func unacceptable(
    _ section: String, _ option: String, accepted: String, nearest: String? = nil
  ) throws(ConfigurationError) -> ConfigurationError {
    let name = OptionName(section: ExactName(section), option: ExactName(option))
    let result = try expanded(name)
    return .unacceptable(
      section: section, option: option, found: result.isPrivate ? nil : result.text,
      accepted: accepted, nearest: nearest, at: complete[name]?.origin ?? .program)
  }
}
