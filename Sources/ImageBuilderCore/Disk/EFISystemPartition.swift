import Bindings
import Configuration
import Glibc
import SystemPackage

/// The FAT filesystem of the EFI system partition, and whether files fit into it.
struct EFISystemPartition: Sendable, Equatable {
  let sizeInBytes: UInt64
  var fat = FAT.fat16

  private var sizeInSectors: UInt64 { (sizeInMebibytes << 20) / PartitionTable.sectorSizeInBytes }

  /// The most that the reserved sectors, both allocation tables, the root directory of FAT16 and an
  /// incomplete last track take.
  private var overheadInSectors: UInt64 {
    let entries = fat == .fat16 ? 65536 : sizeInSectors / clusterSizeInSectors + 2
    let tableInSectors = entries * UInt64(fat.rawValue / 8) / PartitionTable.sectorSizeInBytes + 1
    return 32 + 2 * tableInSectors + 32 + 64
  }

  /// The size in whole MiB.
  var sizeInMebibytes: UInt64 { PartitionTable.mebibytes(sizeInBytes) }

  /// As mkfs.vfat 4.2 chooses it.
  private var clusterSizeInSectors: UInt64 {
    if fat == .fat32 { return sizeInMebibytes > 260 ? 8 : 1 }
    var size: UInt64 = 4
    while sizeInSectors / size > 65536 { size *= 2 }
    return size
  }

  private var clusterSizeInBytes: UInt64 { clusterSizeInSectors * PartitionTable.sectorSizeInBytes }

  /// The space for files and directories.
  private var roomInBytes: UInt64 {
    (sizeInSectors - overheadInSectors) / clusterSizeInSectors * clusterSizeInBytes
  }

  /// Checks that the directory EFI and further files, given by names and sizes, fit into the partition,
  /// and that FAT can have all their names.
  ///
  /// - Throws: `DiskError.efiProgramsTooLarge`, `.namesUnfitForFAT`; `LinuxError`.
  func check(_ directory: FilePath?, and files: [String: UInt64] = [:]) throws {
    var names = FATNames()
    names.add("EFI", at: "/EFI")
    for name in files.keys.sorted() { names.add(name, at: "/\(name)") }
    var neededInBytes = files.values.reduce(0) { $0 + wholeClusters($1) }
    if let directory { neededInBytes += try spaceInBytes(of: directory, &names) }
    neededInBytes += wholeClusters(files.keys.reduce(64) { $0 + Self.entrySizeInBytes($1) })
    guard names.unfit.isEmpty else { throw DiskError.namesUnfitForFAT(names.unfit.sorted()) }
    guard neededInBytes <= roomInBytes else {
      throw DiskError.efiProgramsTooLarge(
        neededInBytes: neededInBytes, roomInBytes: roomInBytes,
        sizeInBytes: sizeInMebibytes << 20)
    }
  }

  private func spaceInBytes(of directory: FilePath, _ names: inout FATNames) throws -> UInt64 {
    var neededInBytes: UInt64 = 0
    var directories: [FilePath: UInt64] = [:]
    try FileTree.visit(directory) { entry in
      if entry.isOfKind(S_IFDIR) {
        directories[entry.path] = 64
      } else {
        neededInBytes += wholeClusters(Self.size(of: entry))
      }
      guard entry.level > 0, let name = entry.path.lastComponent?.string else { return }
      directories[entry.path.removingLastComponent(), default: 64] += Self.entrySizeInBytes(name)
      names.add(name, at: String(entry.path.string.dropFirst(directory.string.count + 1)))
    }
    return directories.values.reduce(neededInBytes) { $0 + wholeClusters($1) }
  }

  /// What a name takes in its directory: one entry of 32 bytes for each 13 characters, and one with a
  /// short name for old programs.
  private static func entrySizeInBytes(_ name: String) -> UInt64 {
    32 * (2 + UInt64(name.utf16.count) / 13)
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
}

/// The names of a FAT filesystem, which ignores case.
private struct FATNames {
  private(set) var unfit: [String] = []
  private var paths: [String: String] = [:]

  mutating func add(_ name: String, at path: String) {
    if !Self.isPossible(name) {
      unfit.append("\(path.debugDescription) cannot be a name on FAT")
    } else if let other = paths.updateValue(path, forKey: path.lowercased()) {
      let both = [other, path].sorted().joined(separator: " and ")
      unfit.append("\(both) are one name on FAT, which ignores case")
    }
  }

  private static func isPossible(_ name: String) -> Bool {
    name.unicodeScalars.allSatisfy {
      (0x20...0x7E).contains($0.value) && !#""*/:<>?\|"#.unicodeScalars.contains($0)
    }
      && !name.hasSuffix(".") && !name.hasSuffix(" ")
  }
}
