import Bindings
import Glibc
import SystemPackage

/// The space that the files in a directory take in an ext4 filesystem made by `mke2fs -d`.
///
/// The result is never too small. It is too large only if files contain blocks of zeros that are
/// not holes, because mke2fs omits such blocks.
struct FilesystemContent: Equatable, Sendable {
  static let blockSizeInBytes: UInt64 = 4096

  /// Blocks for data, directories, extents and extended attributes.
  private(set) var blocks: UInt64 = 0
  private(set) var inodes: UInt64 = 0

  var sizeInBytes: UInt64 { blocks * Self.blockSizeInBytes }

  init(blocks: UInt64, inodes: UInt64) {
    self.blocks = blocks
    self.inodes = inodes
  }

  /// Walks the tree at `path`. It reads the status and extended attributes of each file, and the
  /// positions of holes, but no content.
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
      // mke2fs -d preserves hard links, except those of symbolic links. Directories have none.
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
      // An extent has at most 128 MiB, and the metadata of a block group may divide it.
      extents += 1 + 2 * ((end - first) / 32768)
    }
    return data + extentBlocks(extents)
  }

  /// An inode holds four extents. More extents are stored in a tree with 340 extents per block, and
  /// blocks can be split.
  private static func extentBlocks(_ extents: UInt64) -> UInt64 {
    guard extents > 4 else { return 0 }
    let leaves = (extents + 169) / 170
    return leaves + extentBlocks(leaves)
  }

  /// An inode of 256 bytes has 92 bytes for extended attributes. Otherwise they are stored in a
  /// block.
  private static func attributeBlocks(_ sizes: [(name: String, value: Int)]) -> UInt64 {
    guard !sizes.isEmpty else { return 0 }
    let sizeInBytes = sizes.reduce(8) { total, attribute in
      let name = attribute.name.drop { $0 != "." }.utf8.count
      return total + 16 + (name + 3) / 4 * 4 + (attribute.value + 3) / 4 * 4
    }
    return sizeInBytes > 92 ? 1 : 0
  }
}

/// The blocks of a directory, for any order of its entries.
private struct DirectoryBlocks {
  /// A block ends with a checksum of 12 bytes.
  private static let roomInBytes: UInt64 = 4096 - 12
  /// The entries `.`, `..` and, in the root directory, `lost+found`.
  private var sizeInBytes: UInt64 = 44
  private var longestInBytes: UInt64 = 20

  mutating func add(nameLengthInBytes: Int) {
    let entryInBytes = UInt64(8 + (nameLengthInBytes + 3) / 4 * 4)
    sizeInBytes += entryInBytes
    longestInBytes = max(longestInBytes, entryInBytes)
  }

  /// The free space at the end of a full block is less than the size of the entry that did not fit.
  var blocks: UInt64 {
    let usedInBytes = Self.roomInBytes - longestInBytes + 4
    return (sizeInBytes + usedInBytes - 1) / usedInBytes
  }
}
