extension Configuration {
  /// What takes the private values out of text that people see.
  package var secretFilter: SecretFilter { SecretFilter(privateValues) }
}

/// Replaces private values in text that people see, however programs may have written them: as
/// they are, in base64, percent-encoded, escaped as in JSON, or quoted by a shell.
package struct SecretFilter: Sendable {
  /// What stands instead of a private value.
  package static let replacement = "<private>"

  private let written: BytePatterns
  private let escaped: EscapedPatterns

  /// - Parameter values: the private values; each line of a longer one counts by itself too,
  ///   because output is filtered line by line. Short ones would hide too much.
  package init(_ values: [String]) {
    let texts = values.flatMap { [$0] + $0.split(whereSeparator: \.isNewline).map(String.init) }
      .filter { $0.unicodeScalars.count >= Configuration.shortestFilteredValue }
    let plain = Set(texts.map { Array($0.utf8) })
    let encoded = Set(plain.flatMap(Base64Forms.all))
    let quoted = plain.flatMap(EscapedText.formsWithoutMark)
    written = BytePatterns(plain.union(encoded).union(quoted))
    escaped = EscapedPatterns(
      plain.union(encoded).union(plain.map(EscapedText.withoutUnreadableBytes)))
  }

  /// The text without private values; those that overlap or touch become one replacement.
  package func callAsFunction(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let found = Self.connected(matches(in: bytes))
    if found.isEmpty { return text }
    var result: [UInt8] = []
    var position = 0
    for range in found {
      result += bytes[position..<range.lowerBound]
      result += Self.replacement.utf8
      position = range.upperBound
    }
    return String(decoding: result + bytes[position...], as: UTF8.self)
  }

  /// Where to cut a line whose end is not known yet, so that no private value is cut.
  ///
  /// - Returns: where the first piece ends and the next one begins; nil when the line is too
  ///   short to tell.
  package func cut(_ line: [UInt8]) -> (end: Int, next: Int)? {
    let longest = escaped.longestFormInBytes
    guard line.count >= 2 * longest else { return nil }
    // What begins before this place is there to its end.
    let known = line.count - longest
    let matches = matches(in: line)
    let cut = Self.connected(matches).first { $0.lowerBound < known && known < $0.upperBound }
    guard let cut else { return (known, known) }
    if cut.lowerBound > 0 { return (cut.lowerBound, cut.lowerBound) }
    // All of it is private. Both pieces hold the last value, so that neither has a part of one.
    let last = matches.last { $0.lowerBound <= known }
    return (cut.upperBound, last?.lowerBound ?? known)
  }

  /// In the order of their beginnings.
  private func matches(in bytes: [UInt8]) -> [Range<Int>] {
    (written.matches(in: bytes) + escaped.matches(in: bytes))
      .sorted { $0.lowerBound < $1.lowerBound }
  }

  private static func connected(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for range in ranges {
      if let last = result.last, range.lowerBound <= last.upperBound {
        result[result.count - 1] =
          last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }
}
