extension FixedWidthInteger {
  /// The bytes, least significant first.
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }

  /// The bytes, most significant first.
  var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }

  /// The smallest multiple of `unit` that is not less than this number.
  func roundedUp(toMultipleOf unit: Self) -> Self { (self + (unit - 1)) / unit * unit }
}

extension [UInt8] {
  /// The number at an offset, most significant byte first.
  func bigEndian<Number: FixedWidthInteger>(at offset: Int, as: Number.Type) -> Number {
    self[offset..<(offset + MemoryLayout<Number>.size)].reduce(0) { $0 << 8 | Number($1) }
  }

  /// The number at an offset, least significant byte first.
  func littleEndian<Number: FixedWidthInteger>(at offset: Int, as: Number.Type) -> Number {
    bigEndian(at: offset, as: Number.self).byteSwapped
  }
}
