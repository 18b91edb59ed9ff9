/// What a character of a text may stand for, when it is not itself: `%2B` in a URL, `\u002b` in
/// JSON, `'\''` in what a shell traces.
enum EscapedText {
  /// What a text may stand for from some place on.
  struct Reading {
    let bytes: [UInt8]
    /// How much of the text is read.
    let lengthInBytes: Int
  }

  /// An escape is never longer than this for one byte.
  static let longestEscapeInBytes = 13

  private static let blank = UInt8(ascii: " ")
  private static let quote = UInt8(ascii: "'")
  /// As shells and Python write it, and as a shell traces what it has quoted already.
  private static let quotedQuotes = [#"'\''"#, #"'"'"'"#, #"'\''\'\'''\''"#].map { Array($0.utf8) }
  private static let letters: [UInt8: UInt8] = Dictionary(
    uniqueKeysWithValues: zip("abtnvfreE".utf8, [7, 8, 9, 10, 11, 12, 13, 27, 27]))

  /// Whether a text may hold escapes at all.
  static func hasMark(_ text: [UInt8]) -> Bool {
    text.contains(UInt8(ascii: "%")) || text.contains(UInt8(ascii: "\\"))
  }

  /// Ways to write a text that `hasMark` does not tell: blanks as in a form, quotes as in Python.
  static func formsWithoutMark(of text: [UInt8]) -> [[UInt8]] {
    var forms: [[UInt8]] = []
    if text.contains(blank) { forms.append(text.map { $0 == blank ? UInt8(ascii: "+") : $0 }) }
    if text.contains(quote) {
      forms.append(text.flatMap { $0 == quote ? quotedQuotes[1] : [$0] })
    }
    return forms
  }

  /// The text as it is left when bash traces it byte by byte in a locale without UTF-8: none of the
  /// bytes outside ASCII can be read as a character.
  static func withoutUnreadableBytes(_ text: [UInt8]) -> [UInt8] {
    text.flatMap { $0 < 0x80 ? [$0] : Array("\u{fffd}".utf8) }
  }

  /// Whether the byte may stand for something else than itself.
  static func isSpecial(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "\\"), quote: true
    default: false
    }
  }

  /// What the text may stand for from `position` on, when that is a special byte.
  static func readings(_ text: [UInt8], _ position: Int) -> [Reading] {
    switch text[position] {
    case UInt8(ascii: "+"): [Reading(bytes: [blank], lengthInBytes: 1)]
    case UInt8(ascii: "%"):
      number(text, position + 1, digits: 2, radix: 16).map {
        [Reading(bytes: [UInt8($0)], lengthInBytes: 3)]
      } ?? []
    case quote:
      quotedQuotes.filter { text[position...].starts(with: $0) }.map {
        Reading(bytes: [quote], lengthInBytes: $0.count)
      }
    default: escapes(text, position + 1)
    }
  }

  /// - Parameter position: what follows the backslash.
  private static func escapes(_ text: [UInt8], _ position: Int) -> [Reading] {
    guard position < text.count else { return [] }
    let byte = text[position]
    var readings = [Reading(bytes: [byte], lengthInBytes: 2)]
    if let letter = letters[byte] { readings.append(Reading(bytes: [letter], lengthInBytes: 2)) }
    if let value = number(text, position, digits: 3, radix: 8), value < 256 {
      readings.append(Reading(bytes: [UInt8(value)], lengthInBytes: 4))
    }
    if byte == UInt8(ascii: "x"), let value = number(text, position + 1, digits: 2, radix: 16) {
      readings.append(Reading(bytes: [UInt8(value)], lengthInBytes: 4))
    }
    if text[position...].starts(with: quotedQuotes[0]) {
      readings.append(
        Reading(bytes: [quote], lengthInBytes: 1 + quotedQuotes[0].count))
    }
    if byte == UInt8(ascii: "u") { readings += scalars(text, position) }
    return readings
  }

  /// - Parameter position: the `u` behind the backslash.
  private static func scalars(_ text: [UInt8], _ position: Int) -> [Reading] {
    guard let first = number(text, position + 1, digits: 4, radix: 16) else { return [] }
    if let scalar = Unicode.Scalar(UInt32(first)) {
      return [Reading(bytes: Array(Character(scalar).utf8), lengthInBytes: 6)]
    }
    guard text[(position + 5)...].starts(with: "\\u".utf8),
      let second = number(text, position + 7, digits: 4, radix: 16),
      (0xd800..<0xdc00).contains(first), (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(UInt32(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)))
    else { return [] }
    return [Reading(bytes: Array(Character(scalar).utf8), lengthInBytes: 12)]
  }

  private static func number(
    _ text: [UInt8], _ position: Int, digits: Int, radix: Int
  ) -> Int? {
    guard position + digits <= text.count else { return nil }
    var value = 0
    for byte in text[position..<(position + digits)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix else {
        return nil
      }
      value = value * radix + digit
    }
    return value
  }
}
