/// The suffixes of option names in a schema. They determine the kind of rule.
enum RuleSuffix: String, CaseIterable {
  case required, values, type, merged, secret, deprecated

  /// The value of a `_required` line for an option that must not be empty.
  private static let requiredWithText = "nonempty"

  /// The reason why a line cannot check anything.
  struct InvalidRule: Error {
    let reason: String
  }

  /// Returns the name with its suffix replaced by the nearest known one.
  static func nearest(to name: ExactName) -> String? {
    guard let underscore = name.text.lastIndex(of: "_") else { return nil }
    let stem = name.text[..<underscore]
    let ending = name.text[name.text.index(after: underscore)...]
    return NearestName.find(String(ending), among: allCases.map(\.rawValue)) { "\(stem)_\($0)" }
  }

  /// Splits a name into the option and the suffix.
  static func split(_ name: ExactName) -> (option: ExactName, RuleSuffix)? {
    for suffix in allCases {
      let ending = "_\(suffix.rawValue)"
      let bytes = name.text.utf8
      guard bytes.count > ending.utf8.count, bytes.reversed().starts(with: ending.utf8.reversed())
      else { continue }
      let option = String(decoding: bytes.dropLast(ending.utf8.count), as: UTF8.self)
      return (ExactName(option), suffix)
    }
    return nil
  }

  /// Returns the rule of a line; nil if the line turns the rule off.
  ///
  /// - Throws: `InvalidRule` for a value that is not valid for the suffix.
  func kind(_ text: String) throws(InvalidRule) -> Schema.Rule.Kind? {
    switch self {
    case .required where text == Self.requiredWithText: return .required(mayBeEmpty: false)
    case .required: return try isOn(text) ? .required(mayBeEmpty: true) : nil
    case .merged: return try isOn(text) ? .merged : nil
    case .secret: return try isOn(text) ? .secret : nil
    case .values:
      let words = PythonText.words(text)
      guard !words.isEmpty else { throw InvalidRule(reason: "it lists no values") }
      return .values(words)
    case .type:
      return .type(try ValueType(text))
    case .deprecated:
      let prefix = "use "
      return .deprecated(use: text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
    }
  }

  private func isOn(_ text: String) throws(InvalidRule) -> Bool {
    guard let value = BooleanSyntax.value(text) else {
      throw InvalidRule(
        reason: "'\(text)' is not one of \(BooleanSyntax.accepted)"
          + (self == .required ? ", \(Self.requiredWithText)" : ""))
    }
    return value
  }
}
