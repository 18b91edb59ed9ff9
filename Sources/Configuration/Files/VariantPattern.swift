/// A word that names variants: `PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY`, each a name or a pattern.
struct VariantPattern: Sendable {
  static let accepted =
    "PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY, each a name or a pattern for known names, such as "
    + "eos/*/amd64/amd64/*"

  /// The names and patterns, in the order of the attributes.
  let parts: [String]

  /// Makes a pattern of a word. Returns nil unless it has five parts.
  init?(_ word: String) {
    parts = word.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == Attribute.allCases.count else { return nil }
  }

  func matches(_ variant: Variant) -> Bool {
    zip(Attribute.allCases, parts).allSatisfy { Glob.matches(variant[$0], $1) }
  }
}
