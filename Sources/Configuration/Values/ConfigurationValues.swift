/// Values with references expanded. Each throws `ConfigurationError` when the option is not set,
/// refers to what is not set, or is not what the type accepts.
extension Configuration {
  /// The value of an option that the program declares.
  package func value<Value>(_ option: DeclaredOption<Value>) throws(ConfigurationError) -> Value {
    try option.read(self, option.name)
  }

  /// The text of an option by its name.
  package func value(_ section: String, _ option: String) throws(ConfigurationError) -> String {
    try text(of: OptionName(section: ExactName(section), option: ExactName(option)))
  }

  /// The text of an option.
  func text(of name: OptionName) throws(ConfigurationError) -> String {
    try expanded(name).text
  }

  /// Every option with its value, references expanded.
  package func expandedValues() throws(ConfigurationError) -> [(name: OptionName, value: String)] {
    try complete.names.map { name throws(ConfigurationError) in (name, try text(of: name)) }
  }

  /// Every option with its text, references as written.
  package var writtenValues: [(name: OptionName, text: String)] {
    complete.names.map { ($0, complete[$0]?.text ?? "") }
  }

  /// Where a word of an option comes from.
  package struct WordPlace {
    package let origin: Origin
    package let isPrivate: Bool
  }

  /// The different words of an option that is set.
  package func wordPlaces(
    of name: OptionName
  ) throws(ConfigurationError) -> [ExactName: WordPlace] {
    guard let setting = complete[name] else { return [:] }
    var places: [ExactName: WordPlace] = [:]
    if setting.isMerged {
      let kept = Set(PythonText.words(try text(of: name)).map { ExactName($0) })
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

  /// The error for a value that is not what `accepted` says.
  package func unacceptable<Value>(
    _ option: DeclaredOption<Value>, accepted: String
  ) throws(ConfigurationError) -> ConfigurationError {
    try unacceptable(option.name, accepted: accepted)
  }

  /// The same for an option by its name.
  func unacceptable(
    _ name: OptionName, accepted: String, nearest: String? = nil
  ) throws(ConfigurationError) -> ConfigurationError {
    let result = try expanded(name)
    return .unacceptable(
      section: name.section.text, option: name.option.text,
      found: result.isPrivate ? nil : result.text, accepted: accepted, nearest: nearest,
      at: complete[name]?.origin ?? .program)
  }
}
