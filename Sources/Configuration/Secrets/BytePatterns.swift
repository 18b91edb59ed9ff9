/// Finds many texts in one pass.
struct BytePatterns: Sendable {
  /// So many bytes at the beginning of a pattern decide where it is kept.
  private static let keyLengthInBytes = Configuration.shortestFilteredValue

  private(set) var longestInBytes = 0
  private var buckets: [[[UInt8]]]

  /// - Parameter patterns: texts that are no shorter than a private value that is filtered.
  init(_ patterns: Set<[UInt8]>) {
    buckets = Array(repeating: [], count: patterns.isEmpty ? 0 : 1 << 16)
    for pattern in patterns {
      let key = pattern.prefix(Self.keyLengthInBytes).reduce(0) { $0 << 8 | UInt64($1) }
      buckets[Self.bucket(key)].append(pattern)
      longestInBytes = max(longestInBytes, pattern.count)
    }
  }

  /// Every place where a pattern stands, in the order of their beginnings; the places may overlap.
  func matches(in text: [UInt8]) -> [Range<Int>] {
    guard !buckets.isEmpty else { return [] }
    var found: [Range<Int>] = []
    var key: UInt64 = 0
    for (index, byte) in text.enumerated() {
      key = key << 8 | UInt64(byte)
      let start = index + 1 - Self.keyLengthInBytes
      for pattern in buckets[Self.bucket(key)] {
        let end = start + pattern.count
        // Patterns with the same beginning mostly differ in the end.
        guard start >= 0, end <= text.count, text[end - 1] == pattern.last else { continue }
        if text[start..<end].elementsEqual(pattern) { found.append(start..<end) }
      }
    }
    return found
  }

  /// - Parameter key: the last bytes that were read.
  private static func bucket(_ key: UInt64) -> Int {
    let beginning = key << UInt64(64 - 8 * keyLengthInBytes)
    return Int(truncatingIfNeeded: (beginning &* 0x9E37_79B9_7F4A_7C15) >> 48)
  }
}
