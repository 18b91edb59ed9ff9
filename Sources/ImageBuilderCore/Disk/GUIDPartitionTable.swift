import Bindings
import SystemPackage

/// A GPT whose two copies are intact and agree (UEFI specification 2.10, section 5.3).
struct GUIDPartitionTable {
  typealias Damage = ImagePartitions.Damage

  private static let signature = Array("EFI PART".utf8)
  private static let headerSizesInBytes: ClosedRange<UInt64> = 92...512
  private static let entrySizeInBytes = 128
  /// sfdisk writes 128 entries. Larger numbers than this are not plausible.
  private static let largestEntryCount: UInt64 = 1024

  let partitions: [ImagePartitions.Partition]

  init(_ file: FileDescriptor, sectorCount: UInt64) throws {
    let first = try Copy(file, at: 1, other: sectorCount - 1, "first", sectorCount)
    let second = try Copy(file, at: sectorCount - 1, other: 1, "second", sectorCount)
    guard first.entries == second.entries, first.identity == second.identity else {
      throw Damage(description: "has two GPTs that differ")
    }
    partitions = try first.partitions()
  }

  /// A header and its partition entry array.
  private struct Copy {
    let name: String
    let entries: [UInt8]
    /// The fields that must be equal in both copies: usable sectors and disk GUID.
    let identity: [UInt8]
    private let usable: (first: UInt64, last: UInt64)

    init(
      _ file: FileDescriptor, at sector: UInt64, other: UInt64, _ name: String,
      _ sectorCount: UInt64
    ) throws {
      self.name = name
      let header = try SectorBytes(file, sector: sector, count: 1)
      let headerSize = header.number(12, bytes: 4)
      guard header.bytes.starts(with: signature), headerSizesInBytes.contains(headerSize) else {
        throw Damage(description: "has no \(name) GPT header in sector \(sector)")
      }
      var covered = Array(header.bytes.prefix(Int(headerSize)))
      covered.replaceSubrange(16..<20, with: [0, 0, 0, 0])
      guard header.number(16, bytes: 4) == Self.checksum(covered) else {
        throw Damage(description: "has a \(name) GPT header with a wrong checksum")
      }
      guard header.number(24, bytes: 8) == sector, header.number(32, bytes: 8) == other else {
        throw Damage(description: "has a \(name) GPT header that belongs to another place")
      }
      let (start, count) = (header.number(72, bytes: 8), header.number(80, bytes: 4))
      guard (1...largestEntryCount).contains(count),
        header.number(84, bytes: 4) == UInt64(entrySizeInBytes), start < sectorCount
      else { throw Damage(description: "has a \(name) GPT header with invalid entry fields") }
      let sizeInBytes = Int(count) * entrySizeInBytes
      let sectors = (sizeInBytes + 511) / 512
      entries = Array(
        try SectorBytes(file, sector: start, count: sectors).bytes.prefix(sizeInBytes))
      guard header.number(88, bytes: 4) == Self.checksum(entries) else {
        throw Damage(description: "has \(name) GPT entries with a wrong checksum")
      }
      usable = (header.number(40, bytes: 8), header.number(48, bytes: 8))
      identity = Array(header.bytes[40..<72])
    }

    /// GPT uses the same CRC-32 as gzip.
    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
      bytes.withUnsafeBytes { UInt64(Deflater.crc32(0, $0)) }
    }

    func partitions() throws -> [ImagePartitions.Partition] {
      try stride(from: 0, to: entries.count, by: entrySizeInBytes).compactMap { offset in
        let entry = SectorBytes(bytes: Array(entries[offset..<(offset + entrySizeInBytes)]))
        guard entry.bytes.prefix(16).contains(where: { $0 != 0 }) else { return nil }
        let (start, end) = (entry.number(32, bytes: 8), entry.number(40, bytes: 8))
        guard start <= end, start >= usable.first, end <= usable.last else {
          throw Damage(
            description: "has a partition (sectors \(start) to \(end)) outside of the sectors that "
              + "its GPT calls usable")
        }
        return ImagePartitions.Partition(
          role: PartitionTable.role(ofType: entry.guid(0)), sectors: start...end)
      }
    }
  }
}
