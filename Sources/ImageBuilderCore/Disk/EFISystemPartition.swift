import Bindings
import Glibc
import SystemPackage

/// The FAT16 filesystem of the EFI system partition, and whether files fit into it.
struct EFISystemPartition: Sendable, Equatable {
  /// Smaller ones cannot be FAT16, and larger ones have clusters of 64 KiB, which not all firmware
  /// can read.
  static let possibleSizes: ClosedRange<UInt64> = 16 << 20...1 << 30
  /// The most that the reserved sectors, both allocation tables, the root directory and an
  /// incomplete last track take.
  private static let overheadInSectors: UInt64 = 32 + 2 * 256 + 32 + 64

  let sizeInBytes: UInt64

  /// The size in whole MiB.
  var sizeInMebibytes: UInt64 { PartitionTable.mebibytes(sizeInBytes) }

  /// As mkfs.vfat 4.2 chooses it.
  private var clusterSizeInSectors: UInt64 {
    var size: UInt64 = 4
    while (sizeInMebibytes << 20) / (size * PartitionTable.sectorSizeInBytes) > 65536 { size *= 2 }
    return size
  }

  private var clusterSizeInBytes: UInt64 { clusterSizeInSectors * PartitionTable.sectorSizeInBytes }

  /// The space for files and directories.
  private var roomInBytes: UInt64 {
    let sectors =
      (sizeInMebibytes << 20) / PartitionTable.sectorSizeInBytes - Self.overheadInSectors
    return sectors / clusterSizeInSectors * clusterSizeInBytes
  }

  /// Checks that a directory fits, and that FAT can have all its names.
  ///
  /// - Throws: `DiskError.efiProgramsTooLarge`, `.namesUnfitForFAT`; `LinuxError`.
  func check(_ directory: FilePath) throws {
    var neededInBytes: UInt64 = 0
    var names: [String: String] = [:]
    var unfit: [String] = []
    var entries: [FilePath: UInt64] = [:]
    try FileTree.visit(directory) { entry in
      let path = String(entry.path.string.dropFirst(directory.string.count + 1))
      if entry.isOfKind(S_IFDIR) {
        entries[entry.path] = 2
      } else {
        neededInBytes += wholeClusters(Self.size(of: entry))
      }
      guard entry.level > 0, let name = entry.path.lastComponent?.string else { return }
      // A long name takes one entry for each 13 characters, and a short name for old programs.
      entries[entry.path.removingLastComponent(), default: 2] += 2 + UInt64(name.utf16.count) / 13
      if !Self.isPossible(name) {
        unfit.append("\(path.debugDescription) cannot be a name on FAT")
      } else if let other = names.updateValue(path, forKey: path.lowercased()) {
        let both = [other, path].sorted().joined(separator: " and ")
        unfit.append("\(both) are one name on FAT, which ignores case")
      }
    }
    guard unfit.isEmpty else { throw DiskError.namesUnfitForFAT(unfit.sorted()) }
    for count in entries.values { neededInBytes += wholeClusters(count * 32) }
    guard neededInBytes <= roomInBytes else {
      throw DiskError.efiProgramsTooLarge(
        neededInBytes: neededInBytes, roomInBytes: roomInBytes,
        sizeInBytes: sizeInMebibytes << 20)
    }
  }

  private func wholeClusters(_ sizeInBytes: UInt64) -> UInt64 {
    (sizeInBytes + clusterSizeInBytes - 1) / clusterSizeInBytes * clusterSizeInBytes
  }

  /// mcopy follows symbolic links.
  private static func size(of entry: FileTree.Entry) -> UInt64 {
    var status = entry.status
    if entry.isOfKind(S_IFLNK), stat(entry.path.string, &status) != 0 { return 0 }
    return UInt64(status.st_size)
  }

  private static func isPossible(_ name: String) -> Bool {
    name.unicodeScalars.allSatisfy {
      (0x20...0x7E).contains($0.value) && !#""*/:<>?\|"#.unicodeScalars.contains($0)
    }
      && !name.hasSuffix(".") && !name.hasSuffix(" ")
  }
}
