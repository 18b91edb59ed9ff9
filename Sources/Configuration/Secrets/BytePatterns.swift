/// Finds many texts in one pass.
struct BytePatterns: Sendable {
  private var patterns: [Int: [[UInt8]]] = [:]
  /// Whether a pattern begins with these two bytes.
  private var isBeginning = [Bool](repeating: false, count: 1 << 16)

  /// - Parameter patterns: texts of two bytes or more.
  init(_ patterns: Set<[UInt8]>) {
    for pattern in patterns {
      let beginning = Self.pair(pattern, 0)
      self.patterns[beginning, default: []].append(pattern)
      isBeginning[beginning] = true
    }
  }

  /// Every place where a pattern stands; the places may overlap.
  func matches(in text: [UInt8]) -> [Range<Int>] {
    guard !patterns.isEmpty, text.count > 1 else { return [] }
    var found: [Range<Int>] = []
    for start in 0..<(text.count - 1) {
      let beginning = Self.pair(text, start)
      guard isBeginning[beginning], let candidates = patterns[beginning] else { continue }
      for pattern in candidates where text[start...].starts(with: pattern) {
        found.append(start..<(start + pattern.count))
      }
    }
    return found
  }

  private static func pair(_ bytes: [UInt8], _ start: Int) -> Int {
    Int(bytes[start]) << 8 | Int(bytes[start + 1])
  }
}
