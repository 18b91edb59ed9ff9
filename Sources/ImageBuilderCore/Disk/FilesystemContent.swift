import Bindings
import Glibc
import SystemPackage

/// What the files of a directory take up in an ext4 filesystem that `mke2fs -d` makes of them.
///
/// It is never too little; only blocks of zeros that are no holes yet, which mke2fs leaves out, make
/// it too much.
struct FilesystemContent: Equatable, Sendable {
  static let blockSizeInBytes: UInt64 = 4096

  /// Blocks of data, directories, extents and attributes.
  private(set) var blocks: UInt64 = 0
  private(set) var inodes: UInt64 = 0

  var sizeInBytes: UInt64 { blocks * Self.blockSizeInBytes }

  init(blocks: UInt64, inodes: UInt64) {
    self.blocks = blocks
    self.inodes = inodes
  }

  /// Reads every directory below `path`, but of no file more than its status.
  ///
  /// - Throws: `LinuxError`, `Errno`.
  init(of path: FilePath) throws {
    var seen: Set<UInt64> = []
    var openDirectories: [DirectoryBlocks] = []
    try FileTree.visit(path) { entry in
      if entry.level > 0 {
        openDirectories[entry.level - 1].add(nameLengthInBytes: entry.nameLengthInBytes)
      }
      let isDirectory = entry.isOfKind(S_IFDIR)
      // mke2fs -d keeps hard links of all but directories and symbolic links.
      if !isDirectory, !entry.isOfKind(S_IFLNK), entry.status.st_nlink > 1,
        !seen.insert(UInt64(entry.status.st_ino)).inserted
      {
        return
      }
      inodes += 1
      blocks += try Self.attributeBlocks(ExtendedAttribute.sizesInBytes(of: entry.path))
      if isDirectory {
        close(&openDirectories, from: entry.level)
        openDirectories.append(DirectoryBlocks())
      } else {
        blocks += try Self.dataBlocks(entry)
      }
    }
    close(&openDirectories, from: 0)
  }

  private mutating func close(_ directories: inout [DirectoryBlocks], from level: Int) {
    for directory in directories[level...] { blocks += directory.blocks }
    directories.removeSubrange(level...)
  }

  private static func dataBlocks(_ entry: FileTree.Entry) throws -> UInt64 {
    let sizeInBytes = UInt64(entry.status.st_size)
    if entry.isOfKind(S_IFLNK) { return sizeInBytes < 60 ? 0 : 1 }
    guard entry.isOfKind(S_IFREG), sizeInBytes > 0 else { return 0 }
    let mayHaveHoles = UInt64(entry.status.st_blocks) * 512 < sizeInBytes
    let ranges = mayHaveHoles ? try FileTree.dataRanges(of: entry.path) : [0..<sizeInBytes]
    var (data, extents, end): (UInt64, UInt64, UInt64) = (0, 0, 0)
    for range in ranges {
      let first = max(range.lowerBound / blockSizeInBytes, end)
      end = (range.upperBound + blockSizeInBytes - 1) / blockSizeInBytes
      guard end > first else { continue }
      data += end - first
      // One of 128 MiB at most, and each may meet the tables of a block group.
      extents += 1 + 2 * ((end - first) / 32768)
    }
    return data + extentBlocks(extents)
  }

  /// An inode holds four extents; beyond them they are in a tree, whose blocks of 340 may be split.
  private static func extentBlocks(_ extents: UInt64) -> UInt64 {
    guard extents > 4 else { return 0 }
    let leaves = (extents + 169) / 170
    return leaves + extentBlocks(leaves)
  }

  /// An inode of 256 bytes has 92 left for attributes; those beyond are in a block of their own.
  private static func attributeBlocks(_ sizes: [(name: String, value: Int)]) -> UInt64 {
    guard !sizes.isEmpty else { return 0 }
    let sizeInBytes = sizes.reduce(8) { total, attribute in
      let name = attribute.name.drop { $0 != "." }.utf8.count
      return total + 16 + (name + 3) / 4 * 4 + (attribute.value + 3) / 4 * 4
    }
    return sizeInBytes > 92 ? 1 : 0
  }
}

/// The blocks of one directory, in whichever order its entries are written.
private struct DirectoryBlocks {
  /// Each block ends with a checksum of 12 bytes.
  private static let roomInBytes: UInt64 = 4096 - 12
  /// Those of `.`, `..` and, in the top directory, `lost+found`.
  private var sizeInBytes: UInt64 = 44
  private var longestInBytes: UInt64 = 20

  mutating func add(nameLengthInBytes: Int) {
    let entryInBytes = UInt64(8 + (nameLengthInBytes + 3) / 4 * 4)
    sizeInBytes += entryInBytes
    longestInBytes = max(longestInBytes, entryInBytes)
  }

  /// What remains free in a full block is less than the entry that went into the next one.
  var blocks: UInt64 {
    let usedInBytes = Self.roomInBytes - longestInBytes + 4
    return (sizeInBytes + usedInBytes - 1) / usedInBytes
  }
}
