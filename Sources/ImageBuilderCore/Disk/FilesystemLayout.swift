/// The size of an ext4 filesystem that holds some content and has a guaranteed amount of free
/// space.
///
/// The calculation includes what mke2fs (1.47) adds to the content: inode tables and group
/// descriptors, the journal, and reserved blocks. `mke2fsArguments` requests the same features
/// regardless of the host's mke2fs.conf, because GRUB must be able to read the filesystem.
struct FilesystemLayout: Equatable, Sendable {
  private static let blocksPerGroup: UInt64 = 32768
  /// mke2fs reserves group descriptors for growth to 1024 times the size. With this minimum, the
  /// filesystem can grow to at least 64 GiB.
  private static let minimumBlocks: UInt64 = (64 << 20) / FilesystemContent.blockSizeInBytes
  /// More than any filesystem has.
  private static let maximumFreeBytes: UInt64 = 1 << 50

  let content: FilesystemContent
  let freeBlocks: UInt64
  /// A multiple of 1 MiB.
  private(set) var blocks: UInt64 = minimumBlocks

  var sizeInBytes: UInt64 { blocks * FilesystemContent.blockSizeInBytes }
  var isMinimal: Bool { blocks == Self.minimumBlocks }

  /// The smallest layout with `freeBytes` available to users other than root.
  init(_ content: FilesystemContent, freeBytes: UInt64) {
    self.content = content
    freeBlocks = (min(freeBytes, Self.maximumFreeBytes) + 4095) / 4096
    blocks = max(blocks, (content.blocks + freeBlocks) / 256 * 256)
    while blocks < neededBlocks { blocks = (neededBlocks + 255) / 256 * 256 }
  }

  /// The layout for content that takes `excess` fewer blocks (or more, if negative).
  func withoutContent(ofBlocks excess: Int64) -> FilesystemLayout {
    let blocks = UInt64(max(Int64(content.blocks) - excess, 0))
    return FilesystemLayout(
      FilesystemContent(blocks: blocks, inodes: content.inodes),
      freeBytes: freeBlocks * FilesystemContent.blockSizeInBytes)
  }

  /// The layout with one sixteenth more space for the content, but at least 16 MiB more.
  var enlarged: FilesystemLayout {
    FilesystemLayout(
      FilesystemContent(
        blocks: content.blocks + max(content.blocks / 16, 4096),
        inodes: content.inodes + max(content.inodes / 16, 1024)),
      freeBytes: freeBlocks * FilesystemContent.blockSizeInBytes)
  }

  /// 2 % of content and free space, at least 4 MiB and at most 64 MiB.
  private var journalSizeInMebibytes: UInt64 {
    min(max((content.blocks + freeBlocks) / 50 / 256, 4), 64)
  }

  /// As in mke2fs.conf: one inode for each 16 KiB.
  private static let blocksPerInode: UInt64 = 4
  private static let inodeSizeInBytes: UInt64 = 256

  /// The number that mke2fs uses for a filesystem of this size, or more if there are many small
  /// files.
  private var inodes: UInt64 {
    max(blocks / Self.blocksPerInode, content.inodes + 16 + freeBlocks / Self.blocksPerInode)
  }

  /// The size of the inode tables of a filesystem, for an estimate.
  static func inodeTableSizeInBytes(forBytes sizeInBytes: UInt64) -> UInt64 {
    sizeInBytes / FilesystemContent.blockSizeInBytes / blocksPerInode * inodeSizeInBytes
  }

  /// The inode bitmap of a group is one block. With many inodes, groups must be smaller.
  private var groupSizeInBlocks: UInt64 {
    let groups = (inodes + Self.blocksPerGroup - 1) / Self.blocksPerGroup
    return min(Self.blocksPerGroup, max(256, blocks / groups / 8 * 8))
  }

  private var neededBlocks: UInt64 {
    // Besides the journal: its extent block, one block of the resize inode, four blocks of
    // lost+found.
    content.blocks + freeBlocks + journalSizeInMebibytes * 256 + 6 + blocks / 100
      + Self.kernelReserve(blocks) + tableBlocks
  }

  /// What the kernel reserves in addition to the reserved percentage
  /// (ext4_calculate_resv_clusters).
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

  /// The blocks that are available to users other than root in the finished filesystem, beyond the
  /// guaranteed free space.
  func excessBlocks(_ superblock: Superblock) -> Int64 {
    Int64(superblock.freeBlocks)
      - Int64(superblock.reservedBlocks + Self.kernelReserve(superblock.blocks) + freeBlocks)
  }

  /// The arguments of mke2fs for this layout.
  var mke2fsArguments: [String] {
    let features = [
      "none", "has_journal", "ext_attr", "resize_inode", "dir_index", "filetype", "extent", "64bit",
      "flex_bg", "sparse_super", "large_file", "huge_file", "dir_nlink", "extra_isize",
      "metadata_csum",
    ]
    return [
      "-t", "ext4", "-T", "default", "-O", features.joined(separator: ","), "-b", "4096", "-I",
      "\(Self.inodeSizeInBytes)", "-m", "1",
      "-N", "\(inodes)", "-g", "\(groupSizeInBlocks)", "-J", "size=\(journalSizeInMebibytes)",
    ]
  }
}
