import Configuration

/// A build version. Build versions have the order of their numbers: 9 is before 10.
struct BuildVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  let text: String
  /// The numbers of the text, and what is between them.
  private let parts: [Part]
  var description: String { text }

  init(_ text: String) {
    self.text = text
    parts = Self.parts(of: text)
  }

  static func == (one: Self, other: Self) -> Bool { one.text == other.text }
  func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// Whether the version can be a part of file names.
  var isFileName: Bool {
    !text.isEmpty && !text.hasPrefix(".")
      && text.utf8.allSatisfy { $0.isASCIILetterOrDigit || "._+-".utf8.contains($0) }
  }

  static func < (one: Self, other: Self) -> Bool {
    let (first, second) = (one.parts, other.parts)
    for (a, b) in zip(first, second) where a != b {
      if let a = a.digits, let b = b.digits, a != b {
        return (a.count, a) < (b.count, b)
      }
      if a.text != b.text { return a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
    }
    return first.count < second.count
  }

  private struct Part: Equatable {
    let text: Substring
    /// The number without leading zeros; nil if the part is no number.
    let digits: String?
  }

  private static func parts(of text: String) -> [Part] {
    var rest = text[...]
    var parts: [Part] = []
    while let first = rest.utf8.first {
      let isNumber = isDigit(first)
      let length = rest.utf8.prefix { isDigit($0) == isNumber }.count
      let part = rest[..<rest.utf8.index(rest.startIndex, offsetBy: length)]
      parts.append(
        Part(text: part, digits: isNumber ? String(part.drop { $0 == "0" }) : nil))
      rest = rest[part.endIndex...]
    }
    return parts
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

/// Finds the build version in the names of versions of a variant, so that no file has to be read for
/// it.
struct BuildVersionInNames: Sendable {
  private let before: String
  private let after: String

  /// Nil if OUTVERSION does not contain the build version exactly once.
  ///
  /// - Throws: `ConfigurationError`.
  init?(_ configuration: Configuration, _ paths: BuildPaths) throws(ConfigurationError) {
    let parts = paths.outputVersion.split(
      separator: try configuration.value(Options.build.version), omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    (before, after) = (String(parts[0]), String(parts[1]))
  }

  /// Returns nil for a name with other parts.
  func buildVersion(in name: String) -> BuildVersion? {
    guard name.count > before.count + after.count, name.hasPrefix(before), name.hasSuffix(after)
    else { return nil }
    return BuildVersion(String(name.dropFirst(before.count).dropLast(after.count)))
  }
}
