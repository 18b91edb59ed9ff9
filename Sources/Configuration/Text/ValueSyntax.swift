/// The syntax of booleans.
package enum BooleanSyntax {
  package static let accepted = "true, false, yes, no, on, off, 1, 0"

  /// Returns the value of a text, ignoring case; nil if it is not a boolean.
  package static func value(_ text: String) -> Bool? {
    switch PythonText.lowercased(text) {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }
}

/// The syntax of sizes, such as `500M`.
package enum ByteSizeSyntax {
  package static let accepted =
    "a number of bytes, with K, M, G or T for powers of 1024, such as 500M"

  /// What a size in a range may be: `a size from 16M to 1G`.
  package static func accepted(from least: UInt64, to most: UInt64, inUnitsOf unit: UInt64 = 1)
    -> String
  {
    "a size from \(text(least)) to \(text(most))"
      + (unit > 1 ? " that is a multiple of \(text(unit))" : "")
  }

  /// The text of a number of bytes in the largest unit in which it is a whole number.
  private static func text(_ bytes: UInt64) -> String {
    let exponent = bytes == 0 ? 0 : min(4, bytes.trailingZeroBitCount / 10)
    return "\(bytes >> UInt64(10 * exponent))" + ["", "K", "M", "G", "T"][exponent]
  }

  /// Returns the number of bytes; nil if the text is not a size or the number does not fit into 64
  /// bits.
  package static func value(_ text: String) -> UInt64? {
    let exponent = "KMGT".utf8.firstIndex(of: (text.utf8.last ?? 0) & ~0x20)
      .map { "KMGT".utf8.distance(from: "KMGT".utf8.startIndex, to: $0) + 1 }
    return NumberText.value(exponent == nil ? text.utf8[...] : text.utf8.dropLast())?
      .times(1 << UInt64(10 * (exponent ?? 0)))
  }
}

/// The syntax of durations, such as `90m`.
package enum DurationSyntax {
  package static let accepted =
    "a number followed by s, m, h, d or w (seconds to weeks), such as 90m"

  private static let secondsOfUnit: [UInt8: UInt64] = [
    UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600,
    UInt8(ascii: "d"): 86_400, UInt8(ascii: "w"): 604_800,
  ]

  /// Returns the duration; nil if the text is not a duration.
  package static func value(_ text: String) -> Duration? {
    guard let unit = text.utf8.last.flatMap({ secondsOfUnit[$0] }) else { return nil }
    return NumberText.value(text.utf8.dropLast())?.times(unit)
      .flatMap { Int64(exactly: $0) }.map { .seconds($0) }
  }

  /// Returns the text of a duration in the largest unit in which it is a whole number.
  package static func text(_ duration: Duration) -> String {
    let seconds = UInt64(clamping: duration.components.seconds)
    let unit = secondsOfUnit.sorted { $0.value > $1.value }
      .first { seconds >= $0.value && seconds.isMultiple(of: $0.value) }
    return unit.map { "\(seconds / $0.value)\(Character(UnicodeScalar($0.key)))" } ?? "0s"
  }

  /// Returns a duration as a time limit: nil for zero, and at most 100 years, so that adding it to
  /// a clock's time does not overflow.
  package static func limit(_ duration: Duration) -> Duration? {
    let century = Duration.seconds(100 * 365 * 86_400)
    return duration == .zero ? nil : min(duration, century)
  }
}

/// The syntax of URLs, such as `https://example.com/repo`.
package enum URLSyntax {
  package static let accepted = "a URL, such as https://example.com/repo or file:///srv/repo"

  private static var file: Regex<Substring> { #/(?i)file:\/\/\/[^\s]*/# }
  private static var other: Regex<Substring> { #/[A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\s\/][^\s]*/# }

  /// Returns whether a text is a URL with a host, or a `file` URL with an absolute path.
  package static func isValid(_ text: String) -> Bool {
    text.wholeMatch(of: file) != nil
      || (text.wholeMatch(of: other) != nil && !text.lowercased().hasPrefix("file:"))
  }
}

/// The syntax of SHA-256 digests. The checksums of OSTree objects have it too.
package enum DigestSyntax {
  /// Returns whether a text consists of 64 lower-case hexadecimal digits.
  package static func isValid(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }
}

private enum NumberText {
  /// Returns the number that decimal digits represent; nil for other characters or if it does not
  /// fit.
  static func value(_ digits: Substring.UTF8View) -> UInt64? {
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }
}

extension UInt64 {
  fileprivate func times(_ factor: UInt64) -> UInt64? {
    let (product, overflows) = multipliedReportingOverflow(by: factor)
    return overflows ? nil : product
  }
}
