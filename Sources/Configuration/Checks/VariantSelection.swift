/// The variants that the words of `--only` and `--skip` choose.
///
/// A word is a pattern `PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY`, or a value of any attribute, or a
/// pattern for values. Words of `--only` for the same attribute are alternatives; words for
/// different attributes must all match. Words of `--skip` are all alternatives.
package struct VariantSelection: Sendable {
  private static let accepted =
    "a value of an attribute, such as arm64 or en, or \(VariantPattern.accepted)"

  private let only: [String]
  private let skip: [String]

  /// Makes a selection. Without words it chooses all variants.
  package init(only: [String] = [], skip: [String] = []) {
    self.only = only
    self.skip = skip
  }

  /// Returns the chosen variants, in the same order.
  ///
  /// - Throws: `ConfigurationError` for words that match none of `variants`, and if none is chosen.
  package func select(_ variants: [Variant]) throws(ConfigurationError) -> [Variant] {
    let values = Attribute.allCases.map { attribute in Set(variants.map { $0[attribute] }) }
    let wanted = only.map { Word($0, variants, values) }
    let unwanted = skip.map { Word($0, variants, values) }
    let errors =
      wanted.filter(\.isUnmatched).map { unmatched($0.text, "--only", variants, values) }
      + unwanted.filter(\.isUnmatched).map { unmatched($0.text, "--skip", variants, values) }
    if let error = ConfigurationError.combining(errors) { throw error }
    let alternatives = Dictionary(grouping: wanted, by: \.subject).values
    let chosen = variants.filter { variant in
      alternatives.allSatisfy { $0.contains { $0.matches(variant) } }
        && !unwanted.contains { $0.matches(variant) }
    }
    guard !chosen.isEmpty || variants.isEmpty else {
      let words =
        only.map { "--only \(shellQuoted($0))" } + skip.map { "--skip \(shellQuoted($0))" }
      throw .emptySelection(words: words.joined(separator: " "))
    }
    return chosen
  }

  private func unmatched(
    _ word: String, _ option: String, _ variants: [Variant], _ values: [Set<String>]
  ) -> ConfigurationError {
    let known = word.contains("/") ? variants.map(\.path) : Set(values.joined()).sorted()
    return .unmatchedSelection(
      option: option, word: word, accepted: Self.accepted,
      nearest: NearestName.find(word, among: known))
  }
}

/// A word of `--only` or `--skip`, compared with the variants to choose from.
private struct Word {
  /// What a word is about.
  enum Subject: Hashable {
    /// Complete variants.
    case variants
    /// The attributes of which it is a value.
    case attributes(Set<Attribute>)
  }

  let text: String
  let subject: Subject
  private let pattern: VariantPattern?
  private let variantsMatch: Bool

  init(_ text: String, _ variants: [Variant], _ values: [Set<String>]) {
    self.text = text
    guard !text.contains("/") else {
      let pattern = VariantPattern(text)
      self.pattern = pattern
      subject = .variants
      variantsMatch = pattern.map { variants.contains(where: $0.matches) } ?? false
      return
    }
    pattern = nil
    var attributes = Set(
      zip(Attribute.allCases, values).filter { $1.contains { Glob.matches($0, text) } }.map(\.0))
    // A platform that has the name of an architecture is the one for no particular board.
    if attributes.contains(.arch) { attributes.remove(.platform) }
    subject = .attributes(attributes)
    variantsMatch = !attributes.isEmpty
  }

  var isUnmatched: Bool { !variantsMatch }

  func matches(_ variant: Variant) -> Bool {
    switch subject {
    case .variants: pattern?.matches(variant) ?? false
    case .attributes(let attributes):
      attributes.contains { Glob.matches(variant[$0], text) }
    }
  }
}
