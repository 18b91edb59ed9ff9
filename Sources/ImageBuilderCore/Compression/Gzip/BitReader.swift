/// Reads bit fields from bytes, the lowest bit first. After the end, all bits are 0.
struct BitReader {
  /// The minimum number of valid bits in `word`.
  static let wordSizeInBits = 57

  private let bytes: UnsafeRawBufferPointer
  /// The index of the next bit.
  var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  var isBeyondEnd: Bool { position > bytes.count * 8 }

  /// The next bits. The position does not change.
  @inline(__always) var word: UInt64 {
    let offset = position >> 3
    var value: UInt64 = 0
    if offset + 8 <= bytes.count {
      value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    } else if offset < bytes.count {
      for byte in bytes[offset...].reversed() { value = value << 8 | UInt64(byte) }
    }
    return value >> (position & 7)
  }

  /// Reads the next `count` bits, at most `wordSizeInBits`.
  mutating func take(_ count: Int) -> Int {
    let value = Int(truncatingIfNeeded: word & (1 << count - 1))
    position += count
    return value
  }
}
