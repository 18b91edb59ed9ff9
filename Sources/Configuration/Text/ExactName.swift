/// A name compared byte by byte.
///
/// Swift's strings are equal when they are canonically equivalent; names in configuration files
/// are the same only when they are written the same.
package struct ExactName: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package init(stringLiteral text: String) {
    self.text = text
  }

  package static func == (left: ExactName, right: ExactName) -> Bool {
    left.withBytes { left in
      right.withBytes { left.count == $0.count && left.elementsEqual($0) }
    }
  }

  package static func < (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: $0) }
  }

  /// Whether the name starts with `prefix`, byte by byte.
  package func hasPrefix(_ prefix: String) -> Bool {
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
package struct OptionName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let section: ExactName
  package let option: ExactName

  /// `SECTION:OPTION`.
  package var description: String { "\(section.text):\(option.text)" }

  package init(section: ExactName, option: ExactName) {
    self.section = section
    self.option = option
  }

  package static func < (left: OptionName, right: OptionName) -> Bool {
    left.section == right.section ? left.option < right.option : left.section < right.section
  }
}
