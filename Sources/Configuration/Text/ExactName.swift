/// A name that is compared byte by byte.
///
/// Swift strings are equal if they are canonically equivalent. Names in configuration files are
/// equal only if their bytes are.
package struct ExactName: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package init(stringLiteral text: String) {
    self.text = text
  }

  /// Returns whether the UTF-8 bytes of two names are equal.
  package static func == (left: ExactName, right: ExactName) -> Bool {
    left.withBytes { left in
      right.withBytes { left.count == $0.count && left.elementsEqual($0) }
    }
  }

  /// Orders names by their UTF-8 bytes.
  package static func < (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  /// Hashes the UTF-8 bytes.
  package func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: $0) }
  }

  /// Returns whether the name starts with the bytes of `prefix`.
  package func hasPrefix(_ prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }

  /// Calls `body` with the bytes in contiguous memory, where they can be compared and hashed fast.
  private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if let result = text.utf8.withContiguousStorageIfAvailable({
      body(UnsafeRawBufferPointer($0))
    }) {
      return result
    }
    return Array(text.utf8).withUnsafeBytes(body)
  }
}

/// The name of an option, including its section.
package struct OptionName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let section: ExactName
  package let option: ExactName

  /// `SECTION:OPTION`.
  package var description: String { "\(section.text):\(option.text)" }

  package init(section: ExactName, option: ExactName) {
    self.section = section
    self.option = option
  }

  /// Orders names by section, then by option.
  package static func < (left: OptionName, right: OptionName) -> Bool {
    left.section == right.section ? left.option < right.option : left.section < right.section
  }
}
