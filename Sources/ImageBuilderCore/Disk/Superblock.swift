import SystemPackage

/// The superblock of an ext4 filesystem (linux, fs/ext4/ext4.h).
struct Superblock {
  /// The inode of the root directory.
  static let rootInode: UInt32 = 2
  private static let offsetInBytes: UInt64 = 1024
  private static let magicNumber: UInt64 = 0xef53

  private let bytes: SectorBytes

  /// Reads the superblock of a filesystem in an image. Returns nil if there is no ext4 filesystem.
  ///
  /// - Throws: `ImagePartitions.Damage` if the image is too short; `Errno`.
  init?(of image: FilePath, at offsetInBytes: UInt64) throws {
    let file = try FileDescriptor.open(image, .readOnly, options: .closeOnExec)
    defer { try? file.close() }
    let sector = (offsetInBytes + Self.offsetInBytes) / PartitionTable.sectorSizeInBytes
    bytes = try SectorBytes(file, sector: sector, count: 2)
    guard bytes.number(0x38, bytes: 2) == Self.magicNumber else { return nil }
  }

  var blocks: UInt64 { number(low: 0x04, high: 0x150) }
  /// Free blocks that are reserved for root.
  var reservedBlocks: UInt64 { number(low: 0x08, high: 0x154) }
  var freeBlocks: UInt64 { number(low: 0x0c, high: 0x158) }

  /// Nil if the size is not plausible.
  var sizeInBytes: UInt64? {
    let logarithm = bytes.number(0x18, bytes: 4)
    guard logarithm <= 6 else { return nil }
    let (size, overflows) = blocks.multipliedReportingOverflow(by: 1 << (10 + logarithm))
    return overflows ? nil : size
  }

  var label: String {
    String(decoding: bytes.bytes[0x78..<0x88].prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The inodes in use, starting with the first one that is not reserved, assuming that there are
  /// no gaps; nil if the fields contradict each other.
  var ordinaryInodes: ClosedRange<UInt32>? {
    let (total, free) = (bytes.number(0x00, bytes: 4), bytes.number(0x10, bytes: 4))
    let first = bytes.number(0x54, bytes: 4)
    guard free < total, first <= total - free else { return nil }
    return UInt32(first)...UInt32(total - free)
  }

  private func number(low: Int, high: Int) -> UInt64 {
    bytes.number(high, bytes: 4) << 32 | bytes.number(low, bytes: 4)
  }
}
