/// Access to values with expanded references. The functions throw `ConfigurationError` if the
/// option is not set, refers to an option that is not set, or does not accept its value.
extension Configuration {
  /// Returns the value of an option that the program declares.
  package func value<Value>(_ option: DeclaredOption<Value>) throws(ConfigurationError) -> Value {
    try option.read(self, option.name)
  }

  /// Returns the text of an option, given by its name.
  package func value(_ section: String, _ option: String) throws(ConfigurationError) -> String {
    try text(of: OptionName(section: ExactName(section), option: ExactName(option)))
  }

  /// Returns the text of an option.
  func text(of name: OptionName) throws(ConfigurationError) -> String {
    try expanded(name).text
  }

  /// Returns all options with their expanded values.
  package func expandedValues() throws(ConfigurationError) -> [(name: OptionName, value: String)] {
    try complete.names.map { name throws(ConfigurationError) in (name, try text(of: name)) }
  }

  /// All options with their texts. References are not expanded.
  package var writtenValues: [(name: OptionName, text: String)] {
    complete.names.map { ($0, complete[$0]?.text ?? "") }
  }

  /// The origin of a word.
  package struct WordPlace {
    package let origin: Origin
    package let isPrivate: Bool
  }

  /// Returns the words of an option, each with its origin. Empty if the option is not set.
  package func wordPlaces(
    of name: OptionName
  ) throws(ConfigurationError) -> [ExactName: WordPlace] {
    guard let setting = complete[name] else { return [:] }
    var places: [ExactName: WordPlace] = [:]
    if setting.isMerged {
      let kept = Set(Options.words(of: try text(of: name), in: name).map { ExactName($0) })
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
      for word in Options.words(of: value.text, in: name) {
        places[ExactName(word)] = WordPlace(origin: line.origin, isPrivate: value.isPrivate)
      }
    }
    return places
  }

  /// Returns the error for a value that an option does not accept.
  ///
  /// - Parameter accepted: a description of the accepted values.
  package func unacceptable<Value>(
    _ option: DeclaredOption<Value>, accepted: String
  ) throws(ConfigurationError) -> ConfigurationError {
    try unacceptable(option.name, accepted: accepted)
  }

  /// Returns the error for a value that an option does not accept.
  func unacceptable(
    _ name: OptionName, accepted: String, nearest: String? = nil
  ) throws(ConfigurationError) -> ConfigurationError {
    let result = try expanded(name)
    return .unacceptable(
      section: name.section.text, option: name.option.text,
      found: result.isPrivate ? nil : result.text, accepted: accepted, nearest: nearest,
      at: complete[name]?.origin ?? .program)
  }

  /// Returns the error for an option that cannot be used as it is set.
  ///
  /// - Parameter problem: begins with a verb and does not contain the value if it may be secret.
  func unusable(_ name: OptionName, _ problem: String) -> ConfigurationError {
    .unusable(
      section: name.section.text, option: name.option.text, problem: problem,
      at: complete[name]?.origin ?? .program)
  }
}
