import SystemPackage

/// An option that the program reads. The declaration contains its name, its default, the accepted
/// values, and how its value is read.
///
/// Reading throws `ConfigurationError` if the option is not set, refers to an option that is not
/// set, or has a value that it does not accept.
package struct DeclaredOption<Value: Sendable>: OptionDeclaration {
  package let name: OptionName
  let formerName: OptionName?
  let isMerged: Bool
  let isSequence: Bool
  let defaultText: String?
  let rule: Schema.Rule.Kind?
  let isSecret: Bool
  let effect: OptionEffect
  let read: @Sendable (Configuration, OptionName) throws(ConfigurationError) -> Value

  func check(in configuration: Configuration) throws(ConfigurationError) {
    _ = try read(configuration, name)
  }

  fileprivate init(
    _ section: ExactName, _ option: ExactName, default text: String?, isMerged: Bool = false,
    isSequence: Bool = false, rule: Schema.Rule.Kind? = nil, isSecret: Bool = false,
    effect: OptionEffect = .onOutputs, formerName: ExactName? = nil,
    read: @escaping @Sendable (Configuration, OptionName) throws(ConfigurationError) -> Value
  ) {
    name = OptionName(section: section, option: option)
    self.formerName = formerName.map { OptionName(section: section, option: $0) }
    defaultText = text
    self.isMerged = isMerged
    self.isSequence = isSequence
    self.rule = rule
    self.isSecret = isSecret
    self.effect = effect
    self.read = read
  }
}

/// What an option affects.
package enum OptionEffect: Sendable {
  /// What is built.
  case onOutputs
  /// How long a build may take. A failed build can be resumed with a different limit.
  case onTime
  /// Where and how a build runs, but not what it builds.
  case onRun
  /// The version, or where on this host something is, such as a directory that a build works in or
  /// a file whose content matters. It may differ between two builds of the same inputs.
  case onPlaces
}

/// The properties of an option that do not depend on the type of its value.
protocol OptionDeclaration: Sendable {
  var name: OptionName { get }
  /// A deprecated name, which is accepted with a warning.
  var formerName: OptionName? { get }
  /// Whether every file can add and remove words (`OPTION_add`, `OPTION_del`).
  var isMerged: Bool { get }
  /// Whether a merged list is a sequence of kernel arguments: ordered, with repetitions, and with
  /// double quotes that hold blanks. Other merged lists are sets of words.
  var isSequence: Bool { get }
  /// The value if no file sets the option, with unexpanded references. Nil for an option that the
  /// program sets, or that has no default.
  var defaultText: String? { get }
  /// The rule that all values are checked against.
  var rule: Schema.Rule.Kind? { get }
  /// Whether the value is hidden, whatever file sets it.
  var isSecret: Bool { get }
  var effect: OptionEffect { get }

  /// Reads the option as a build does.
  func check(in configuration: Configuration) throws(ConfigurationError)
}

extension OptionDeclaration {
  /// The name that the default is set for. For a merged option it is the part that a `defaults.ini`
  /// sets, so that the file replaces the default.
  var nameOfDefault: ExactName {
    isMerged ? ExactName("\(name.option.text)_add_defaults") : name.option
  }
}

extension DeclaredOption where Value == String {
  init(
    _ section: ExactName, _ option: ExactName, default text: String?,
    rule: Schema.Rule.Kind? = nil, isSecret: Bool = false, effect: OptionEffect = .onOutputs
  ) {
    self.init(
      section, option, default: text, isMerged: false, rule: rule, isSecret: isSecret,
      effect: effect
    ) {
      configuration, name throws(ConfigurationError) in try configuration.text(of: name)
    }
  }

  /// A text that has a type, whatever a schema says of the option.
  init(_ section: ExactName, _ option: ExactName, default text: String, type: ValueType) {
    self.init(section, option, default: text, isMerged: false, rule: .type(type)) {
      configuration, name throws(ConfigurationError) in
      let text = try configuration.text(of: name)
      guard type.accepts(text, relativeTo: "/") else {
        throw try configuration.unacceptable(name, accepted: type.accepted)
      }
      return text
    }
  }

  /// The URL of a repository, normalized. It may be empty.
  init(_ section: ExactName, _ option: ExactName, repository text: String) {
    self.init(section, option, default: text, isMerged: false, rule: .type(.repository)) {
      configuration, name throws(ConfigurationError) in
      let text = try configuration.text(of: name)
      if text.isEmpty { return text }
      guard let url = RepositoryURLSyntax.normalized(text) else {
        throw try configuration.unacceptable(name, accepted: RepositoryURLSyntax.accepted)
      }
      return url
    }
  }
}

extension DeclaredOption {
  /// A value with a syntax of its own; nil if the option is empty.
  private init<Parsed>(
    _ section: ExactName, _ option: ExactName, default text: String,
    rule: Schema.Rule.Kind? = nil, accepted: String,
    parse: @escaping @Sendable (String) -> Parsed?
  ) where Value == Parsed? {
    self.init(section, option, default: text, rule: rule) {
      configuration, name throws(ConfigurationError) in
      let text = try configuration.text(of: name)
      if text.isEmpty { return nil }
      guard let value = parse(text) else {
        throw try configuration.unacceptable(name, accepted: accepted)
      }
      return value
    }
  }
}

extension DeclaredOption where Value == String? {
  /// An http or https URL, normalized; nil if the option is empty.
  init(_ section: ExactName, _ option: ExactName, server text: String) {
    self.init(
      section, option, default: text, rule: .type(.server), accepted: ServerURLSyntax.accepted,
      parse: ServerURLSyntax.normalized)
  }
}

extension DeclaredOption where Value == Bool {
  init(
    _ section: ExactName, _ option: ExactName, default value: Bool?,
    effect: OptionEffect = .onOutputs, formerName: ExactName? = nil
  ) {
    self.init(
      section, option, default: value.map { $0 ? "true" : "false" }, rule: .type(.bool),
      effect: effect, formerName: formerName
    ) { configuration, name throws(ConfigurationError) in
      guard let answer = BooleanSyntax.value(try configuration.text(of: name)) else {
        throw try configuration.unacceptable(name, accepted: BooleanSyntax.accepted)
      }
      return answer
    }
  }
}

extension DeclaredOption where Value == FilePath {
  /// An absolute path. The value is lexically normalized.
  init(
    _ section: ExactName, _ option: ExactName, default text: String?,
    effect: OptionEffect = .onOutputs
  ) {
    self.init(section, option, default: text, effect: effect) {
      configuration, name throws(ConfigurationError) in
      let text = try configuration.text(of: name)
      let path = FilePath(text)
      guard path.isAbsolute, PathSyntax.isUsable(text) else {
        throw try configuration.unacceptable(
          name, accepted: "an absolute path, \(PathSyntax.accepted)")
      }
      return path.lexicallyNormalized()
    }
  }
}

extension DeclaredOption where Value == FilePath? {
  /// An absolute path; nil if the option is empty or not set.
  init(
    _ section: ExactName, _ option: ExactName, default text: String?,
    effect: OptionEffect = .onOutputs
  ) {
    let path = DeclaredOption<FilePath>(section, option, default: text)
    self.init(section, option, default: text, effect: effect) {
      configuration, name throws(ConfigurationError) in
      guard configuration.isSet(name), try !configuration.text(of: name).isEmpty else { return nil }
      return try path.read(configuration, name)
    }
  }
}

extension DeclaredOption where Value == [FilePath] {
  /// Absolute paths, separated by colons; none if the option is empty or not set. The values are
  /// lexically normalized.
  init(
    _ section: ExactName, _ option: ExactName, searchPath text: String?,
    effect: OptionEffect = .onOutputs
  ) {
    self.init(section, option, default: text, effect: effect) {
      configuration, name throws(ConfigurationError) in
      guard configuration.isSet(name) else { return [] }
      let paths = try configuration.text(of: name).split(separator: ":")
      guard paths.allSatisfy({ $0.hasPrefix("/") && PathSyntax.isUsable(String($0)) }) else {
        throw try configuration.unacceptable(
          name, accepted: "absolute paths, separated by colons, \(PathSyntax.accepted)")
      }
      return paths.map { FilePath(String($0)).lexicallyNormalized() }
    }
  }
}

extension DeclaredOption where Value == SSHPlace? {
  /// A directory on a host that ssh reaches; nil if the option is empty.
  init(_ section: ExactName, _ option: ExactName, ssh text: String) {
    self.init(
      section, option, default: text, accepted: SSHPlace.accepted, parse: { SSHPlace($0) })
  }
}

extension DeclaredOption where Value == UInt64? {
  /// A number of bytes; nil if the option is empty.
  init(_ section: ExactName, _ option: ExactName, default text: String) {
    self.init(
      section, option, default: text, rule: .type(.size), accepted: ByteSizeSyntax.accepted,
      parse: { ByteSizeSyntax.value($0) })
  }
}

extension DeclaredOption where Value == UInt64 {
  /// A number of bytes in a range, and a multiple of a unit.
  init(
    _ section: ExactName, _ option: ExactName, default text: String, atLeast least: UInt64 = 0,
    atMost most: UInt64, inUnitsOf unit: UInt64 = 1
  ) {
    self.init(section, option, default: text, rule: .type(.size)) {
      configuration, name throws(ConfigurationError) in
      guard let size = ByteSizeSyntax.value(try configuration.text(of: name)),
        least...most ~= size, size.isMultiple(of: unit)
      else {
        throw try configuration.unacceptable(
          name,
          accepted: ByteSizeSyntax.accepted(
            from: least, to: most, inUnitsOf: unit))
      }
      return size
    }
  }
}

extension DeclaredOption where Value == Duration {
  init(_ section: ExactName, _ option: ExactName, default text: String) {
    self.init(section, option, default: text, rule: .type(.duration)) {
      configuration, name throws(ConfigurationError) in
      guard let duration = DurationSyntax.value(try configuration.text(of: name)) else {
        throw try configuration.unacceptable(name, accepted: DurationSyntax.accepted)
      }
      return duration
    }
  }
}

extension DeclaredOption where Value == Duration? {
  /// A time limit; nil, which means no limit, if the option is empty or zero.
  init(_ section: ExactName, _ option: ExactName, limit text: String) {
    let duration = DeclaredOption<Duration>(section, option, default: text)
    self.init(section, option, default: text, rule: .type(.duration), effect: .onTime) {
      configuration, name throws(ConfigurationError) in
      try configuration.text(of: name).isEmpty
        ? nil : DurationSyntax.limit(try duration.read(configuration, name))
    }
  }
}

extension DeclaredOption where Value == Duration? {
  /// An age; nil if the option is empty.
  init(_ section: ExactName, _ option: ExactName, age text: String) {
    self.init(
      section, option, default: text, rule: .type(.duration), accepted: DurationSyntax.accepted,
      parse: DurationSyntax.value)
  }
}

extension DeclaredOption where Value == CalendarDate? {
  /// A date; nil if the option is empty.
  init(_ section: ExactName, _ option: ExactName, default text: String) {
    self.init(
      section, option, default: text, accepted: CalendarDate.accepted,
      parse: { CalendarDate($0) })
  }
}

extension DeclaredOption where Value == Int? {
  /// A whole number; nil if the option is empty.
  init(_ section: ExactName, _ option: ExactName, default text: String, atLeast least: Int) {
    self.init(
      section, option, default: text, rule: .type(.integer),
      accepted: "a whole number, \(least) or greater",
      parse: { Int($0).flatMap { $0 < least ? nil : $0 } })
  }
}

extension DeclaredOption where Value == Int {
  /// A whole number.
  init(
    _ section: ExactName, _ option: ExactName, default number: Int, atLeast least: Int,
    atMost most: Int? = nil
  ) {
    self.init(section, option, default: "\(number)", rule: .type(.integer)) {
      configuration, name throws(ConfigurationError) in
      guard let number = Int(try configuration.text(of: name)), number >= least,
        number <= most ?? .max
      else {
        throw try configuration.unacceptable(
          name,
          accepted: most.map { "a whole number from \(least) to \($0)" }
            ?? "a whole number, \(least) or greater")
      }
      return number
    }
  }
}

extension DeclaredOption where Value == RegistryReference? {
  /// A repository of a registry; nil if the option is empty.
  init(_ section: ExactName, _ option: ExactName, default text: String) {
    self.init(
      section, option, default: text, accepted: RegistryReference.accepted,
      parse: { RegistryReference($0) })
  }
}

extension DeclaredOption where Value == CommandTemplate? {
  /// The command line of a program of the site; nil if the option is empty.
  init(_ section: ExactName, _ option: ExactName, default text: String) {
    self.init(
      section, option, default: text, accepted: CommandTemplate.accepted,
      parse: { CommandTemplate($0) })
  }
}

extension DeclaredOption where Value == [String] {
  /// Words, separated by whitespace.
  init(
    _ section: ExactName, _ option: ExactName, default text: String,
    rule: Schema.Rule.Kind? = nil, effect: OptionEffect = .onOutputs
  ) {
    self.init(section, option, default: text, isMerged: false, rule: rule, effect: effect) {
      configuration, name throws(ConfigurationError) in
      PythonText.words(try configuration.text(of: name))
    }
  }

  /// A merged list of words. If `words` is nil and no file adds to the option, it is not set.
  init(
    _ section: ExactName, _ option: ExactName, merged words: [String]?,
    rule: Schema.Rule.Kind? = nil
  ) {
    self.init(
      section, option, default: words?.joined(separator: "\n"), isMerged: true, rule: rule
    ) {
      configuration, name throws(ConfigurationError) in
      configuration.isSet(name) ? PythonText.words(try configuration.text(of: name)) : []
    }
  }

  /// A merged list of words with a syntax of their own.
  init(
    _ section: ExactName, _ option: ExactName, merged words: [String], accepted: String,
    accepts: @escaping @Sendable (String) -> Bool
  ) {
    self.init(section, option, default: words.joined(separator: "\n"), isMerged: true) {
      configuration, name throws(ConfigurationError) in
      let refused = try configuration.wordPlaces(of: name).filter { !accepts($0.key.text) }
      let errors = refused.sorted { $0.key < $1.key }.map { word, place in
        ConfigurationError.unacceptable(
          section: name.section.text, option: name.option.text,
          found: place.isPrivate ? nil : word.text, accepted: accepted, nearest: nil,
          at: place.origin)
      }
      if let error = ConfigurationError.combining(errors) { throw error }
      return configuration.isSet(name) ? PythonText.words(try configuration.text(of: name)) : []
    }
  }

  /// A merged sequence of kernel arguments.
  init(_ section: ExactName, _ option: ExactName, kernelArguments: [String]) {
    self.init(
      section, option, default: kernelArguments.joined(separator: "\n"), isMerged: true,
      isSequence: true
    ) { configuration, name throws(ConfigurationError) in
      if let error = ConfigurationError.combining(configuration.kernelArgumentProblems) {
        throw error
      }
      return configuration.isSet(name)
        ? KernelArguments.split(try configuration.text(of: name)) : []
    }
  }
}

extension DeclaredOption {
  /// A case of an enumeration, given by its raw value.
  init(_ section: ExactName, _ option: ExactName, default value: Value?)
  where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    let known = Value.allCases.map(\.rawValue)
    self.init(section, option, default: value?.rawValue, isMerged: false, rule: .values(known)) {
      configuration, name throws(ConfigurationError) in
      let text = try configuration.text(of: name)
      guard let choice = Value(rawValue: text) else {
        throw try configuration.unacceptable(
          name, accepted: known.joined(separator: ", "),
          nearest: NearestName.find(text, among: known))
      }
      return choice
    }
  }

  /// A case of an enumeration, given by its raw value; nil if the option is empty.
  init<Choice>(_ section: ExactName, _ option: ExactName, default text: String)
  where
    Choice: RawRepresentable & CaseIterable & Sendable, Choice.RawValue == String, Value == Choice?
  {
    let known = Choice.allCases.map(\.rawValue)
    self.init(section, option, default: text) { configuration, name throws(ConfigurationError) in
      let text = try configuration.text(of: name)
      if text.isEmpty { return nil }
      guard let choice = Choice(rawValue: text) else {
        throw try configuration.unacceptable(
          name, accepted: "\(known.joined(separator: ", ")), or nothing",
          nearest: NearestName.find(text, among: known))
      }
      return choice
    }
  }

  /// A list of cases of an enumeration, given by their raw values.
  init<Choice>(
    _ section: ExactName, _ option: ExactName, default text: String, mayBeEmpty: Bool
  )
  where
    Choice: RawRepresentable & CaseIterable & Sendable, Choice.RawValue == String, Value == [Choice]
  {
    let type = ValueType.words(Choice.allCases.map(\.rawValue))
    self.init(section, option, default: text, isMerged: false, rule: .type(type)) {
      configuration, name throws(ConfigurationError) in
      let words = PythonText.words(try configuration.text(of: name))
      let choices = words.compactMap(Choice.init(rawValue:))
      guard choices.count == words.count, mayBeEmpty || !words.isEmpty else {
        throw try configuration.unacceptable(name, accepted: type.accepted)
      }
      return choices
    }
  }
}
