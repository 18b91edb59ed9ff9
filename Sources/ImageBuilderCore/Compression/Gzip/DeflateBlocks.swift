/// Finds the last block of a raw deflate stream (RFC 1951), so that another stream can be appended.
/// It parses the codes but does not decompress.
struct DeflateBlocks {
  /// A stream that violates the format.
  struct Malformed: Error, Equatable, CustomStringConvertible {
    let description = "the deflate stream is invalid"
  }

  /// The index of the bit that marks the last block.
  private(set) var finalBit = 0
  /// The length of the stream in bits.
  var sizeInBits: Int { bits.position }

  private var bits: BitReader

  /// - Throws: `Malformed`.
  init(_ stream: UnsafeRawBufferPointer) throws {
    bits = BitReader(stream)
    var isLast = false
    while !isLast {
      finalBit = bits.position
      isLast = bits.take(1) == 1
      switch bits.take(2) {
      case 0: skipStoredBytes()
      case 1: try skipSymbols(Self.fixedLiterals, Self.fixedDistances)
      case 2: try skipCodedBlock()
      default: throw Malformed()
      }
      guard !bits.isBeyondEnd else { throw Malformed() }
    }
  }

  /// Makes a deflate stream joinable: clears the mark of its last block, and appends an empty
  /// stored block, so that the stream ends at a byte boundary.
  ///
  /// - Throws: `Malformed`.
  static func joinable(_ stream: UnsafeMutableRawBufferPointer) throws -> [UInt8] {
    let blocks = try DeflateBlocks(UnsafeRawBufferPointer(stream))
    stream[blocks.finalBit >> 3] &= ~(1 << (blocks.finalBit & 7))
    // A stored block that is not the last one starts with three zero bits. The unused bits of the
    // last byte are zero.
    let unusedBits = stream.count * 8 - blocks.sizeInBits
    return Array(stream) + (unusedBits < 3 ? [0] : []) + [0, 0, 0xff, 0xff]
  }

  private mutating func skipStoredBytes() {
    bits.position = (bits.position + 7) & ~7
    let sizeInBytes = bits.take(16)
    bits.position += 16 + sizeInBytes * 8
  }

  /// The code lengths of both codes are themselves Huffman-coded.
  private mutating func skipCodedBlock() throws {
    let literalCount = bits.take(5) + 257
    let distanceCount = bits.take(5) + 1
    let lengthCount = bits.take(4) + 4
    var lengths = [UInt8](repeating: 0, count: 19)
    for index in Self.lengthOrder[..<lengthCount] { lengths[index] = UInt8(bits.take(3)) }
    let code = try PrefixCode(lengths: lengths[...], extraBits: [UInt8](repeating: 0, count: 19))
    lengths.removeAll()
    while lengths.count < literalCount + distanceCount {
      let entry = code.entries[Int(bits.word & code.mask)]
      guard entry.sizeInBits > 0, !bits.isBeyondEnd else { throw Malformed() }
      bits.position += entry.sizeInBits
      switch entry.symbol {
      case 16:
        guard let last = lengths.last else { throw Malformed() }
        lengths += repeatElement(last, count: bits.take(2) + 3)
      case 17: lengths += repeatElement(0, count: bits.take(3) + 3)
      case 18: lengths += repeatElement(0, count: bits.take(7) + 11)
      default: lengths.append(UInt8(entry.symbol))
      }
    }
    guard lengths.count == literalCount + distanceCount else { throw Malformed() }
    try skipSymbols(
      PrefixCode(lengths: lengths[..<literalCount], extraBits: Self.literalExtraBits),
      PrefixCode(lengths: lengths[literalCount...], extraBits: Self.distanceExtraBits))
  }

  /// With its extra bits, a length has at most 20 bits and a distance at most 28. One word holds
  /// both.
  private mutating func skipSymbols(_ literals: PrefixCode, _ distances: PrefixCode) throws {
    let endOfBlock = 256
    try literals.entries.withUnsafeBufferPointer { literalEntries in
      try distances.entries.withUnsafeBufferPointer { distanceEntries in
        while !bits.isBeyondEnd {
          let word = bits.word
          let literal = literalEntries[Int(word & literals.mask)]
          guard literal.sizeInBits > 0 else { throw Malformed() }
          bits.position += literal.sizeInBits
          if literal.symbol < endOfBlock { continue }
          if literal.symbol == endOfBlock { return }
          let rest = word >> UInt64(literal.sizeInBits)
          let distance = distanceEntries[Int(rest & distances.mask)]
          guard distance.sizeInBits > 0 else { throw Malformed() }
          bits.position += distance.sizeInBits
        }
        throw Malformed()
      }
    }
  }

  private static let lengthOrder = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
  ]
  private static let literalExtraBits: [UInt8] =
    [UInt8](repeating: 0, count: 265) + (1...5).flatMap { [UInt8](repeating: $0, count: 4) }
    + [0, 0, 0]
  private static let distanceExtraBits: [UInt8] =
    [0, 0] + (0...13).flatMap { [UInt8](repeating: $0, count: 2) } + [0, 0]

  private static let fixedLiterals = fixedCode(
    (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }, literalExtraBits)
  private static let fixedDistances = fixedCode(
    [UInt8](repeating: 5, count: 32), distanceExtraBits)

  private static func fixedCode(_ lengths: [UInt8], _ extraBits: [UInt8]) -> PrefixCode {
    guard let code = try? PrefixCode(lengths: lengths[...], extraBits: extraBits) else {
      preconditionFailure("the fixed codes of RFC 1951 are whole")
    }
    return code
  }
}
