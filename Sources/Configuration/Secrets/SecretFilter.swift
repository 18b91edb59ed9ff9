extension Configuration {
  /// What takes the private values out of text that people see.
  package var secretFilter: SecretFilter { SecretFilter(privateValues) }
}

/// Replaces private values in text that people see. Each is looked for in the ways that programs
/// write it.
package struct SecretFilter: Sendable {
  /// What stands instead of a private value.
  package static let replacement = "<private>"

  private let patterns: BytePatterns

  /// - Parameter values: the private values; each line of a longer one counts by itself too,
  ///   because output is filtered line by line. Short ones would hide too much.
  package init(_ values: [String]) {
    let texts = values.flatMap { [$0] + $0.split(whereSeparator: \.isNewline).map(String.init) }
      .filter { $0.unicodeScalars.count >= Configuration.shortestFilteredValue }
    patterns = BytePatterns(Set(texts.flatMap { WrittenForms.all(of: Array($0.utf8)) }))
  }

  /// The text without private values; those that overlap or touch become one replacement.
  package func callAsFunction(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let found = patterns.matches(in: bytes)
    if found.isEmpty { return text }
    var shown: [UInt8] = []
    var position = 0
    for range in RangeSet(found).ranges {
      shown += bytes[position..<range.lowerBound]
      shown += Self.replacement.utf8
      position = range.upperBound
    }
    return String(decoding: shown + bytes[position...], as: UTF8.self)
  }

  /// Where to cut a line whose end is not known yet, so that no private value is cut.
  ///
  /// - Returns: where the first piece ends and the next one begins; nil when the line is too
  ///   short to tell.
  package func cut(_ line: [UInt8]) -> (end: Int, next: Int)? {
    let longest = patterns.longestInBytes
    guard line.count >= 2 * longest else { return nil }
    // What begins before this place is there to its end.
    let known = line.count - longest
    let matches = patterns.matches(in: line)
    let cut = RangeSet(matches).ranges.first { $0.lowerBound < known && known < $0.upperBound }
    guard let cut else { return (known, known) }
    if cut.lowerBound > 0 { return (cut.lowerBound, cut.lowerBound) }
    // All of it is private. Both pieces hold the last value, so that neither has a part of one.
    let last = matches.last { $0.lowerBound <= known }
    return (cut.upperBound, last?.lowerBound ?? known)
  }
}
