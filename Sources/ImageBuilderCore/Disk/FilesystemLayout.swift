/// How large an ext4 filesystem is that holds some content and keeps a promised space free.
///
/// It counts what mke2fs (1.47) puts beside the content: tables of inodes and groups, the journal,
/// reserved blocks. The same features are asked for by `mke2fsArguments`, whatever the host's
/// mke2fs.conf says: GRUB reads this filesystem.
struct FilesystemLayout: Equatable, Sendable {
  private static let blocksPerGroup: UInt64 = 32768
  /// mke2fs has it grow to 1024 times its size: never to less than 64 GiB.
  private static let minimumBlocks: UInt64 = (64 << 20) / FilesystemContent.blockSizeInBytes
  /// More than any filesystem has.
  private static let maximumFreeBytes: UInt64 = 1 << 50

  let content: FilesystemContent
  let freeBlocks: UInt64
  /// A multiple of 1 MiB.
  private(set) var blocks: UInt64 = minimumBlocks

  var sizeInBytes: UInt64 { blocks * FilesystemContent.blockSizeInBytes }
  var isMinimal: Bool { blocks == Self.minimumBlocks }

  /// The smallest one with `freeBytes` for users who are not root.
  init(_ content: FilesystemContent, freeBytes: UInt64) {
    self.content = content
    freeBlocks = (min(freeBytes, Self.maximumFreeBytes) + 4095) / 4096
    blocks = max(blocks, (content.blocks + freeBlocks) / 256 * 256)
    while blocks < neededBlocks { blocks = (neededBlocks + 255) / 256 * 256 }
  }

  /// The layout when the content turned out to take fewer blocks (or, if negative, more).
  func withoutContent(ofBlocks excess: Int64) -> FilesystemLayout {
    let blocks = UInt64(max(Int64(content.blocks) - excess, 0))
    return FilesystemLayout(
      FilesystemContent(blocks: blocks, inodes: content.inodes),
      freeBytes: freeBlocks * FilesystemContent.blockSizeInBytes)
  }

  /// The layout with a sixteenth more room for content, and at least 16 MiB.
  var withMoreRoom: FilesystemLayout {
    FilesystemLayout(
      FilesystemContent(
        blocks: content.blocks + max(content.blocks / 16, 4096),
        inodes: content.inodes + max(content.inodes / 16, 1024)),
      freeBytes: freeBlocks * FilesystemContent.blockSizeInBytes)
  }

  /// 2 % of what content and free space are, from 4 to 64 MiB.
  private var journalSizeInMebibytes: UInt64 {
    min(max((content.blocks + freeBlocks) / 50 / 256, 4), 64)
  }

  /// As many as mke2fs gives to a filesystem of this size; more for many small files.
  private var inodes: UInt64 {
    max(blocks / 4, content.inodes + 16 + freeBlocks / 4)
  }

  /// A group's bitmap of inodes is one block, so many inodes want smaller groups.
  private var groupSizeInBlocks: UInt64 {
    let groups = (inodes + Self.blocksPerGroup - 1) / Self.blocksPerGroup
    return min(Self.blocksPerGroup, max(256, blocks / groups / 8 * 8))
  }

  private var neededBlocks: UInt64 {
    // The journal with a block of extents, one block of the resize inode, four of lost+found.
    content.blocks + freeBlocks + journalSizeInMebibytes * 256 + 6 + blocks / 100
      + Self.kernelReserve(blocks) + tableBlocks
  }

  /// What the kernel (ext4_calculate_resv_clusters) keeps from users beside the reserved percent.
  private static func kernelReserve(_ blocks: UInt64) -> UInt64 { min(blocks / 50, 4096) }

  private var tableBlocks: UInt64 {
    let groups = (blocks + groupSizeInBlocks - 1) / groupSizeInBlocks
    let inodesPerGroup = ((inodes + groups - 1) / groups + 15) / 16 * 16
    let descriptors = (groups + 63) / 64
    let groupsAfterGrowth =
      (min(blocks * 1024, 1 << 32) + groupSizeInBlocks - 1) / groupSizeInBlocks
    let reserved = min(max((groupsAfterGrowth + 63) / 64, descriptors) - descriptors, 1024)
    let copies =
      1 + [3, 5, 7].reduce(groups > 1 ? 1 : 0) { $0 + Self.powers(of: $1, below: groups) }
    return groups * (2 + inodesPerGroup / 16) + copies * (1 + descriptors + reserved)
  }

  private static func powers(of base: UInt64, below limit: UInt64) -> UInt64 {
    var (count, power) = (UInt64(0), base)
    while power < limit { (count, power) = (count + 1, power * base) }
    return count
  }

  /// What is free for users who are not root, beyond what was promised, in a filesystem of this layout.
  func excessBlocks(_ superblock: Superblock) -> Int64 {
    Int64(superblock.freeBlocks)
      - Int64(superblock.reservedBlocks + Self.kernelReserve(superblock.blocks) + freeBlocks)
  }

  /// Arguments of mke2fs that make it.
  var mke2fsArguments: [String] {
    let features = [
      "none", "has_journal", "ext_attr", "resize_inode", "dir_index", "filetype", "extent", "64bit",
      "flex_bg", "sparse_super", "large_file", "huge_file", "dir_nlink", "extra_isize",
      "metadata_csum",
    ]
    return [
      "-t", "ext4", "-T", "default", "-O", features.joined(separator: ","), "-b", "4096", "-I",
      "256", "-m", "1",
      "-N", "\(inodes)", "-g", "\(groupSizeInBlocks)", "-J", "size=\(journalSizeInMebibytes)",
    ]
  }
}
