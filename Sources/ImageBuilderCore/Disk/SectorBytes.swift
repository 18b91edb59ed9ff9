import SystemPackage

/// The bytes of some sectors of an image, and the little-endian numbers in them.
struct SectorBytes {
  let bytes: [UInt8]

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// - Throws: `ImagePartitions.Damage` if the image is too short; `Errno`.
  init(_ file: FileDescriptor, sector: UInt64, count: Int) throws {
    let wanted = count * Int(PartitionTable.sectorSizeInBytes)
    bytes = try file.bytes(upTo: wanted, at: sector * PartitionTable.sectorSizeInBytes)
    guard bytes.count == wanted else {
      throw ImagePartitions.Damage(description: "ends before the sectors from \(sector) on")
    }
  }

  subscript(offset: Int) -> UInt8 { bytes[offset] }

  func number(_ offset: Int, bytes count: Int) -> UInt64 {
    bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The GUID at an offset in its usual notation. The first three groups are stored in
  /// little-endian order.
  func guid(_ offset: Int) -> String {
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
    let digits = order.map { index in
      let text = String(bytes[offset + index], radix: 16, uppercase: true)
      return text.count == 1 ? "0" + text : text
    }
    return [digits[..<4], digits[4..<6], digits[6..<8], digits[8..<10], digits[10...]]
      .map { $0.joined() }.joined(separator: "-")
  }
}
