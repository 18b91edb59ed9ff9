extension Configuration {
  /// The filter that removes the private values of this configuration, and the passwords in
  /// SYSCONFDIR/netrc, from text that users see.
  package var secretFilter: SecretFilter { SecretFilter(privateValues + passwords) }

  private var passwords: [String] {
    // Whoever uses the file reports what is wrong with it.
    guard let directory = try? value(Options.build.systemDirectory),
      let file = try? Netrc(Netrc.path(in: directory), mayBeExposed: true)
    else { return [] }
    return file.secrets
  }
}

/// Replaces private values in text that users see. A value is also found in the forms in which
/// common programs write it.
package struct SecretFilter: Sendable {
  /// The text that replaces a private value.
  package static let replacement = "<private>"

  private let patterns: BytePatterns

  /// - Parameter values: the private values. Each line of a value is also replaced separately,
  ///   because output is filtered by line. Values and lines with fewer than
  ///   `Configuration.shortestFilteredValue` characters are ignored, because their replacement
  ///   would hide too much.
  package init(_ values: [String]) {
    let texts = values.flatMap { [$0] + $0.split(whereSeparator: \.isNewline).map(String.init) }
      .filter { $0.unicodeScalars.count >= Configuration.shortestFilteredValue }
    patterns = BytePatterns(Set(texts.flatMap { WrittenForms.all(of: Array($0.utf8)) }))
  }

  /// Returns the text without private values. Values that overlap or adjoin get one replacement.
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

  /// Returns where to split a line whose end has not arrived yet, so that no private value is
  /// split.
  ///
  /// - Returns: the end of the first part and the start of the next part. The parts may overlap.
  ///   Nil if the line is too short to decide.
  package func cut(_ line: [UInt8]) -> (end: Int, next: Int)? {
    let longest = patterns.longestInBytes
    guard line.count >= 2 * longest else { return nil }
    // A value that starts before this position is complete.
    let known = line.count - longest
    let matches = patterns.matches(in: line)
    let cut = RangeSet(matches).ranges.first { $0.lowerBound < known && known < $0.upperBound }
    guard let cut else { return (known, known) }
    if cut.lowerBound > 0 { return (cut.lowerBound, cut.lowerBound) }
    // The whole beginning is private. Both parts contain the last value completely, so that neither
    // contains only a fragment of it.
    let last = matches.last { $0.lowerBound <= known }
    return (cut.upperBound, last?.lowerBound ?? known)
  }
}
