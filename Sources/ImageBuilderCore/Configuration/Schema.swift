import OrderedCollections
import SystemPackage

/// The rules that `schema.ini` sets for options.
struct Schema: Sendable {
  /// What one line of the schema says about an option.
  struct Rule: Sendable {
    enum Kind: Sendable, Equatable {
      case required
      case values([String])
      case type(ValueType)
      case merged
      case secret
      case deprecated(use: String)
    }

    let sectionPattern: String
    let option: ExactName
    let kind: Kind
    let origin: Origin
  }

  private(set) var rules: [Rule] = []
  private(set) var warnings: [ConfigurationWarning] = []
  /// What the schema files say about names that nothing declares.
  private(set) var unknownNames: (policy: UnknownNames, origin: Origin)?

  /// The section of the schema that is about the schema.
  static let ownSection: ExactName = "schema"

  /// No rules.
  init() {}

  /// Reads schema files; missing ones are left out, later ones add to earlier ones.
  init(reading paths: [FilePath]) throws(ConfigurationError) {
    for path in paths {
      var warnings: [ConfigurationWarning] = []
      let layer = ConfigurationLayer(path: path, namespace: "schema")
      guard let file = try layer.read(warnings: &warnings) else { continue }
      try add(file)
    }
  }

  /// Adds the rules of a file.
  mutating func add(_ file: INIFile) throws(ConfigurationError) {
    for (section, options) in file.sections {
      for (option, value) in options {
        try add(section, option, value.text, at: file.origin(value.line))
      }
    }
  }

  /// Whether a rule of this kind is there for an option.
  func declares(_ kind: Rule.Kind, _ name: OptionName) -> Bool {
    rules.contains {
      $0.kind == kind && $0.option == name.option
        && Glob.matches(name.section.text, $0.sectionPattern)
    }
  }

  /// Whether the option's value is to be hidden.
  func isSecret(_ name: OptionName) -> Bool {
    declares(.secret, name)
  }

  /// The rules of `_merged` lines.
  var mergedOptions: [MergedOption] {
    rules.filter { $0.kind == .merged }.map {
      MergedOption(sectionPattern: $0.sectionPattern, option: $0.option)
    }
  }

  private mutating func add(
    _ section: ExactName, _ name: ExactName, _ text: String, at origin: Origin
  ) throws(ConfigurationError) {
    if section == Schema.ownSection, name == "unknown" {
      unknownNames = (try UnknownNames(text, section: section, option: name, at: origin), origin)
      return
    }
    let place = OptionPlace(section: section.text, option: name.text, origin: origin)
    guard let (option, suffix) = RuleSuffix.split(name) else {
      let known = RuleSuffix.allCases.map { "_\($0.rawValue)" }.joined(separator: ", ")
      warnings.append(.uselessRule(place, reason: "its name ends in none of \(known)"))
      return
    }
    do throws(RuleSuffix.Useless) {
      if let kind = try suffix.kind(text) {
        rules.append(
          Rule(sectionPattern: section.text, option: option, kind: kind, origin: origin))
      }
    } catch {
      warnings.append(.uselessRule(place, reason: error.reason))
    }
  }
}

/// What happens to names that no file and no schema knows.
enum UnknownNames: String, Sendable, CaseIterable {
  case error, warn, allow

  init(
    _ text: String, section: ExactName, option: ExactName, at origin: Origin
  ) throws(ConfigurationError) {
    guard let policy = UnknownNames(rawValue: text) else {
      let known = UnknownNames.allCases.map(\.rawValue)
      throw .unacceptable(
        section: section.text, option: option.text, found: text,
        accepted: known.joined(separator: ", "),
        nearest: NearestName.find(text, among: known), at: origin)
    }
    self = policy
  }
}
