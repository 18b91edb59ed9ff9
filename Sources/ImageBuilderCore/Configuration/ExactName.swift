/// A name compared byte by byte.
///
/// Swift's strings are equal when they are canonically equivalent; names in configuration files
/// are the same only when they are written the same.
struct ExactName: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  init(stringLiteral text: String) {
    self.text = text
  }

  static func == (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  static func < (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 {
      hasher.combine(byte)
    }
    hasher.combine(0xFF as UInt8)
  }

  /// Whether the name starts with `prefix`, byte by byte.
  func hasPrefix(_ prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }
}

/// A section and an option in it.
struct OptionName: Hashable, Sendable {
  let section: ExactName
  let option: ExactName
}
