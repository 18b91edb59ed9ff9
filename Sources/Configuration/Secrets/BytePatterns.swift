/// Finds many byte strings in one pass over a text.
struct BytePatterns: Sendable {
  /// The number of bytes at the beginning of a pattern that select its bucket.
  private static let keyLengthInBytes = Configuration.shortestFilteredValue

  private(set) var longestInBytes = 0
  private var buckets: [[[UInt8]]]

  /// - Parameter patterns: byte strings of at least `Configuration.shortestFilteredValue` bytes.
  init(_ patterns: Set<[UInt8]>) {
    buckets = Array(repeating: [], count: patterns.isEmpty ? 0 : 1 << 16)
    for pattern in patterns {
      let key = pattern.prefix(Self.keyLengthInBytes).reduce(0) { $0 << 8 | UInt64($1) }
      buckets[Self.bucket(key)].append(pattern)
      longestInBytes = max(longestInBytes, pattern.count)
    }
  }

  /// Returns the range of each occurrence of a pattern, in the order of the lower bounds. Ranges
  /// may overlap.
  func matches(in text: [UInt8]) -> [Range<Int>] {
    guard !buckets.isEmpty else { return [] }
    var found: [Range<Int>] = []
    var key: UInt64 = 0
    for (index, byte) in text.enumerated() {
      key = key << 8 | UInt64(byte)
      let start = index + 1 - Self.keyLengthInBytes
      for pattern in buckets[Self.bucket(key)] {
        let end = start + pattern.count
        // Patterns with the same beginning usually differ at the end.
        guard start >= 0, end <= text.count, text[end - 1] == pattern.last else { continue }
        if text[start..<end].elementsEqual(pattern) { found.append(start..<end) }
      }
    }
    return found
  }

  /// - Parameter key: bytes of the text. Only the last `keyLengthInBytes` bytes are used.
  private static func bucket(_ key: UInt64) -> Int {
    let beginning = key << UInt64(64 - 8 * keyLengthInBytes)
    return Int(truncatingIfNeeded: (beginning &* 0x9E37_79B9_7F4A_7C15) >> 48)
  }
}
