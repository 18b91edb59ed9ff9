import OrderedCollections
import SystemPackage

/// The rules for options: those of the program and those of the `schema.ini` files.
struct Schema: Sendable {
  /// A rule for an option, from one line of a schema.
  struct Rule: Sendable {
    enum Kind: Sendable, Equatable {
      case required(mayBeEmpty: Bool)
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

  /// A name that a line of a schema declares. A line that turns a rule off declares its name too.
  struct Declaration: Sendable {
    let sectionPattern: ExactName
    let option: ExactName
    let suffix: RuleSuffix
    let origin: Origin
  }

  private(set) var rules = Options.rules
  private(set) var declarations: [Declaration] = []
  /// The sections of the schemas, with the origin of their first header. `[schema]` is not
  /// included.
  private(set) var sections: OrderedDictionary<ExactName, Origin> = [:]
  /// Problems of the schemas. They are errors in a closed configuration.
  private(set) var findings: [ConfigurationError] = []
  /// Lines with an unknown type. They are errors in every configuration.
  private(set) var errors: [ConfigurationError] = []
  /// How undeclared names are treated.
  private(set) var unknownNames = UnknownNames.warn
  private var secrets = Options.secrets

  /// The section with the settings of the schema itself.
  static let ownSection: ExactName = "schema"
  private static let unknownOption: ExactName = "unknown"

  /// Makes a schema with the rules of the program only.
  init() {}

  /// Reads schema files. Files that do not exist are skipped. Rules of later files are added.
  ///
  /// - Throws: `ConfigurationError` for a file that cannot be read or has an invalid `[schema]`
  ///   setting.
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
    // Lines in [DEFAULT] apply to every section.
    for (option, value) in file.defaults { try add("*", option, Setting(value, in: file)) }
    for (section, options) in file.sections {
      if section != Schema.ownSection, sections[section] == nil {
        sections[section] = file.origin(file.headerLines[section] ?? 1)
      }
      for (option, value) in options {
        try add(section, option, Setting(value, in: file))
      }
    }
  }

  /// Returns the rules for an option.
  func rules(for name: OptionName) -> [Rule] {
    rules.filter {
      $0.option == name.option && Glob.matches(name.section.text, $0.sectionPattern)
    }
  }

  /// Returns whether the value of an option is hidden. The parts of a secret merged option are
  /// secret too.
  func isSecret(_ name: OptionName) -> Bool {
    secrets.contains { option, patterns in
      name.option.hasPrefix(option.text)
        && (name.option == option || MergedPart(name.option, of: option) != nil)
        && patterns.contains { Glob.matches(name.section.text, $0) }
    }
  }

  /// The merged options that the schemas declare.
  var mergedOptions: [MergedOption] {
    rules.filter { $0.kind == .merged }.map {
      MergedOption(sectionPattern: $0.sectionPattern, option: $0.option)
    }
  }

  private mutating func add(
    _ section: ExactName, _ name: ExactName, _ setting: Setting
  ) throws(ConfigurationError) {
    if section == Schema.ownSection || name == Schema.unknownOption {
      guard section == Schema.ownSection else {
        throw .unknownSection(
          section.text, nearest: "[\(Schema.ownSection.text)]", at: sections[section])
      }
      guard name == Schema.unknownOption else {
        throw .unknownOption(
          section: section.text, option: name.text, nearest: Schema.unknownOption.text,
          at: setting.origin)
      }
      unknownNames = try UnknownNames(setting, of: OptionName(section: section, option: name))
      return
    }
    guard let (option, suffix) = RuleSuffix.split(name) else {
      let known = RuleSuffix.allCases.map { "_\($0.rawValue)" }.joined(separator: ", ")
      // The value often shows which suffix is missing.
      let missing = (try? ValueType(setting.text)) == nil ? nil : "\(name.text)_type"
      let nearest =
        (RuleSuffix.nearest(to: name) ?? missing).map { "; did you mean \($0)?" } ?? ""
      findings.append(
        ineffective(
          section, name, setting.origin, "its name does not end in any of \(known)\(nearest)"))
      return
    }
    declarations.append(
      Declaration(
        sectionPattern: section, option: option, suffix: suffix, origin: setting.origin))
    do throws(RuleSuffix.InvalidRule) {
      if let kind = try suffix.kind(try plainText(setting, section, name)) {
        add(
          Rule(sectionPattern: section.text, option: option, kind: kind, origin: setting.origin),
          named: name, setting)
      }
    } catch {
      let problem = ineffective(section, name, setting.origin, error.reason)
      if suffix == .type { errors.append(problem) } else { findings.append(problem) }
    }
  }

  private mutating func add(_ rule: Rule, named name: ExactName, _ setting: Setting) {
    // Only a rule of the program can match, and these come first.
    let builtIn = rules.prefix(Options.rules.count).firstIndex {
      $0.origin == .builtIn && $0.sectionPattern == rule.sectionPattern
        && $0.option == rule.option && $0.kind.isSameCase(as: rule.kind)
    }
    if let builtIn {
      if case .values(let accepted) = rules[builtIn].kind {
        findings += excess(of: setting, over: accepted, rule, named: name)
      }
      rules.remove(at: builtIn)
    }
    if rule.kind == .secret { secrets[rule.option, default: []].append(rule.sectionPattern) }
    rules.append(rule)
  }

  /// Returns errors for the words of a `_values` line that the program does not accept.
  private func excess(
    of setting: Setting, over accepted: [String], _ rule: Rule, named name: ExactName
  ) -> [ConfigurationError] {
    setting.lines.flatMap { line in
      PythonText.words(line.text).filter { !accepted.contains($0) }.map { word in
        .unacceptable(
          section: rule.sectionPattern, option: name.text, found: word,
          accepted: accepted.joined(separator: ", "),
          nearest: NearestName.find(word, among: accepted), at: line.origin)
      }
    }
  }

  /// Returns the text of a value with `$$` replaced by `$`. A schema cannot contain references.
  private func plainText(
    _ setting: Setting, _ section: ExactName, _ name: ExactName
  ) throws(RuleSuffix.InvalidRule) -> String {
    let pieces = try? ReferenceText.pieces(
      of: setting, named: OptionName(section: section, option: name))
    return try (pieces ?? []).map { piece throws(RuleSuffix.InvalidRule) in
      guard case .text(let text) = piece else {
        throw RuleSuffix.InvalidRule(reason: "a schema's values hold no references")
      }
      return text
    }.joined()
  }

  private func ineffective(
    _ section: ExactName, _ name: ExactName, _ origin: Origin, _ reason: String
  ) -> ConfigurationError {
    .ineffectiveRule(
      OptionPlace(section: section.text, option: name.text, origin: origin), reason: reason)
  }
}

extension Schema.Rule.Kind {
  /// Returns whether two rules are of the same kind, ignoring their values and types.
  fileprivate func isSameCase(as other: Self) -> Bool {
    switch (self, other) {
    case (.values, .values), (.type, .type): true
    default: self == other
    }
  }
}

/// How undeclared names are treated.
enum UnknownNames: String, Sendable, CaseIterable {
  case error, warn, allow

  init(_ setting: Setting, of name: OptionName) throws(ConfigurationError) {
    guard let policy = UnknownNames(rawValue: setting.text) else {
      let known = UnknownNames.allCases.map(\.rawValue)
      throw .unacceptable(
        section: name.section.text, option: name.option.text, found: setting.text,
        accepted: known.joined(separator: ", "),
        nearest: NearestName.find(setting.text, among: known), at: setting.origin)
    }
    self = policy
  }
}
