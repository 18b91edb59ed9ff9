/// Finds texts of which any character may be written as an escape.
struct EscapedPatterns: Sendable {
  /// How far a pattern and a text agree.
  private struct Place: Hashable {
    var inPattern: Int
    var inText: Int
  }

  /// The length of the longest text that a pattern can match.
  let longestFormInBytes: Int
  private var patterns = [[[UInt8]]](repeating: [], count: 256)

  init(_ patterns: Set<[UInt8]>) {
    let longest = patterns.map(\.count).max() ?? 0
    longestFormInBytes = longest * EscapedText.longestEscapeInBytes
    for pattern in patterns { self.patterns[Int(pattern[0])].append(pattern) }
  }

  /// The places where patterns stand; they may overlap.
  func matches(in text: [UInt8]) -> [Range<Int>] {
    guard longestFormInBytes > 0, EscapedText.hasMark(text) else { return [] }
    var found: [Range<Int>] = []
    for start in text.indices {
      found += matches(in: text, from: start, beginningWith: text[start])
      guard EscapedText.isSpecial(text[start]) else { continue }
      for reading in EscapedText.readings(text, start) where reading.bytes[0] != text[start] {
        found += matches(in: text, from: start, beginningWith: reading.bytes[0])
      }
    }
    return found
  }

  private func matches(
    in text: [UInt8], from start: Int, beginningWith byte: UInt8
  ) -> [Range<Int>] {
    patterns[Int(byte)].compactMap { pattern in
      end(of: pattern, from: start, in: text).map { start..<$0 }
    }
  }

  /// The end of the longest text that stands for the pattern; nil when there is none.
  ///
  /// An escape may also be meant as it is written, so each way of reading is followed.
  private func end(of pattern: [UInt8], from start: Int, in text: [UInt8]) -> Int? {
    var longest: Int?
    var next: Place? = Place(inPattern: 0, inText: start)
    var waiting: [Place] = []
    var seen: Set<Place> = []
    while var place = next {
      while place.inPattern < pattern.count, place.inText < text.count {
        let byte = text[place.inText]
        if EscapedText.isSpecial(byte) {
          guard seen.insert(place).inserted else { break }
          waiting += Self.placesBehindEscape(place, pattern, text)
        }
        guard byte == pattern[place.inPattern] else { break }
        place.inPattern += 1
        place.inText += 1
      }
      if place.inPattern == pattern.count { longest = max(longest ?? 0, place.inText) }
      next = waiting.popLast()
    }
    return longest
  }

  private static func placesBehindEscape(
    _ place: Place, _ pattern: [UInt8], _ text: [UInt8]
  ) -> [Place] {
    EscapedText.readings(text, place.inText).compactMap { reading in
      guard pattern[place.inPattern...].starts(with: reading.bytes) else { return nil }
      return Place(
        inPattern: place.inPattern + reading.bytes.count,
        inText: place.inText + reading.lengthInBytes)
    }
  }
}
