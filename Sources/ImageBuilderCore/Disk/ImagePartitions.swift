import SystemPackage

/// The partition table of an image, parsed from the image itself.
struct ImagePartitions {
  /// An entry of the partition table.
  struct Partition {
    let role: PartitionTable.Role?
    /// The first and the last sector.
    let sectors: ClosedRange<UInt64>

    var startInBytes: UInt64 { sectors.lowerBound * PartitionTable.sectorSizeInBytes }
    var sizeInBytes: UInt64 { UInt64(sectors.count) * PartitionTable.sectorSizeInBytes }
  }

  /// The reason why a partition table is invalid, worded to follow the name of the image.
  struct Damage: Error, CustomStringConvertible {
    let description: String
  }

  let partitions: [Partition]

  /// The only partition with a role; nil if there is none.
  ///
  /// - Throws: `Damage` if there are several.
  func only(_ role: PartitionTable.Role) throws -> Partition? {
    let found = partitions.filter { $0.role == role }
    guard found.count <= 1 else {
      throw Damage(description: "has \(found.count) partitions of type \(role.rawValue)")
    }
    return found.first
  }

  /// - Throws: `Damage` if the table is damaged, or if partitions overlap or extend beyond the
  ///   image; `Errno`.
  init(of image: RawDiskImage) throws {
    let file = try FileDescriptor.open(image.path, .readOnly, options: .closeOnExec)
    defer { try? file.close() }
    let sectorCount = image.sizeInBytes / PartitionTable.sectorSizeInBytes
    guard sectorCount * PartitionTable.sectorSizeInBytes == image.sizeInBytes, sectorCount > 0
    else {
      throw Damage(description: "has \(image.sizeInBytes) bytes, not a whole number of sectors")
    }
    let first = try SectorBytes(file, sector: 0, count: 1)
    guard first[510] == 0x55, first[511] == 0xaa else {
      throw Damage(description: "has no partition table")
    }
    let isGPT = (0..<4).contains { first[446 + $0 * 16 + 4] == 0xee }
    partitions =
      isGPT
      ? try GUIDPartitionTable(file, sectorCount: sectorCount).partitions
      : try Self.dosPartitions(first)
    try check(sectorCount)
  }

  private static func dosPartitions(_ first: SectorBytes) throws -> [Partition] {
    try (0..<4).compactMap { index in
      let entry = 446 + index * 16
      let (start, size) = (first.number(entry + 8, bytes: 4), first.number(entry + 12, bytes: 4))
      // The entry that marks the root partition for growth has a type but no sectors.
      guard size > 0 else { return nil }
      guard start > 0 else {
        throw Damage(description: "has a partition \(index + 1) that begins at the table")
      }
      let roles: [UInt8: PartitionTable.Role] = [0xef: .efiSystem, 0x0c: .efiSystem, 0x83: .root]
      return Partition(role: roles[first[entry + 4]], sectors: start...(start + size - 1))
    }
  }

  private func check(_ sectorCount: UInt64) throws {
    var end: UInt64 = 0
    for partition in partitions.sorted(by: { $0.sectors.lowerBound < $1.sectors.lowerBound }) {
      let sectors = partition.sectors
      let range = "sectors \(sectors.lowerBound) to \(sectors.upperBound)"
      guard sectors.upperBound < sectorCount else {
        throw Damage(
          description: "has a partition (\(range)) beyond its end, sector \(sectorCount - 1)")
      }
      guard sectors.lowerBound >= end else {
        throw Damage(description: "has a partition (\(range)) that overlaps another")
      }
      end = sectors.upperBound + 1
    }
  }
}

/// An uncompressed disk image in a file.
struct RawDiskImage: Sendable {
  let path: FilePath
  let sizeInBytes: UInt64
}
