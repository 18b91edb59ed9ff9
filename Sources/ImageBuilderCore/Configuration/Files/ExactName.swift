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
    left.withBytes { left in
      right.withBytes { left.count == $0.count && left.elementsEqual($0) }
    }
  }

  static func < (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: $0) }
  }

  /// Whether the name starts with `prefix`, byte by byte.
  func hasPrefix(_ prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }

  /// The bytes in one piece, which comparing and hashing is fast on.
  private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if let result = text.utf8.withContiguousStorageIfAvailable({
      body(UnsafeRawBufferPointer($0))
    }) {
      return result
    }
    return Array(text.utf8).withUnsafeBytes(body)
  }
}

/// A section and an option in it.
struct OptionName: Hashable, Comparable, Sendable {
  let section: ExactName
  let option: ExactName

  static func < (left: OptionName, right: OptionName) -> Bool {
    left.section == right.section ? left.option < right.option : left.section < right.section
  }
}
