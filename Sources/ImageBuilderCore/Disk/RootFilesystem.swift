import Bindings
import Glibc
import SystemPackage

/// The ext4 filesystem of an image, made from a directory at an offset in a plain file.
struct RootFilesystem {
  /// How much the free space may exceed the guaranteed amount, unless the filesystem has the
  /// minimum size.
  static let toleranceInBytes: UInt64 = 16 << 20

  let directory: FilePath
  let identifiers: DerivedIdentifiers
  let tools: ImageTools
  /// By which the system finds the filesystem.
  var label = PartitionTable.Role.root.label
  /// The directory that gets the immutable attribute, as an absolute path in the filesystem.
  var immutablePath: String?

  /// Replaces `path` with a file that contains the filesystem from `offsetInBytes` to its end.
  ///
  /// mke2fs omits blocks of zeros, and their number is not known in advance. If there are many, the
  /// filesystem is made again with a smaller size. If mke2fs needs more space than was calculated,
  /// it is made again with a larger size. There are at most four attempts.
  ///
  /// - Returns: the layout of the filesystem.
  /// - Throws: `CommandFailure`, `LinuxError`, `Errno`, `DiskError.unexpectedOutput`,
  ///   `ImagePartitions.Damage`.
  func make(
    in path: FilePath, atByte offsetInBytes: UInt64, like first: FilesystemLayout
  ) async throws -> FilesystemLayout {
    var layout = first
    for attempt in 1...4 {
      try reserve(path, sizeInBytes: offsetInBytes + layout.sizeInBytes)
      do {
        try await makeFilesystem(in: path, atByte: offsetInBytes, layout)
      } catch let failure as CommandFailure where Self.wasFull(failure) && attempt < 4 {
        layout = layout.enlarged
        continue
      }
      guard let superblock = try Superblock(of: path, at: offsetInBytes),
        let inodes = superblock.ordinaryInodes
      else {
        throw DiskError.unexpectedOutput(tool: "mke2fs", "\(path) holds no ext4 filesystem")
      }
      let excess = layout.excessBlocks(superblock)
      let toleratedBlocks = Int64(Self.toleranceInBytes / FilesystemContent.blockSizeInBytes)
      if excess >= 0 && (excess <= toleratedBlocks || layout.isMinimal) {
        try await finishInodes(path, atByte: offsetInBytes, inodes)
        return layout
      }
      layout = layout.withoutContent(ofBlocks: excess)
    }
    throw DiskError.unexpectedOutput(
      tool: "mke2fs", "filesystems of \(directory) have other free space than was calculated")
  }

  /// Whether mke2fs failed because the filesystem was full (e2fsprogs, lib/ext2fs/ext2_err.et.in:
  /// EXT2_ET_BLOCK_ALLOC_FAIL, EXT2_ET_INODE_ALLOC_FAIL).
  private static func wasFull(_ failure: CommandFailure) -> Bool {
    failure.lastLines.contains {
      $0.contains("Could not allocate block in ext2 filesystem")
        || $0.contains("Could not allocate inode in ext2 filesystem")
    }
  }

  private func reserve(_ path: FilePath, sizeInBytes: UInt64) throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .worldReadable)
    defer { try? file.close() }
    guard ftruncate(file.rawValue, off_t(sizeInBytes)) == 0 else {
      throw LinuxError("reserve \(sizeInBytes) bytes at \(path)", Errno(rawValue: errno))
    }
  }

  private func makeFilesystem(
    in path: FilePath, atByte offsetInBytes: UInt64, _ layout: FilesystemLayout
  ) async throws {
    let options = [
      "offset=\(offsetInBytes)", "hash_seed=\(identifiers.uuid("hash-seed"))", "root_owner=0:0",
      "nodiscard",
      // The file is one hole, so mke2fs need not write zeros (e2fsprogs 1.47.0).
      "assume_storage_prezeroed=1",
    ]
    try await tools.run(
      "mke2fs", on: path,
      ["-q", "-F", "-L", label, "-U", identifiers.uuid("root-filesystem")]
        + layout.mke2fsArguments
        + [
          "-E", options.joined(separator: ","), "-d", directory.string, ImageTools.image,
          "\(layout.blocks)",
        ])
  }

  /// Sets the change and access times of all inodes. mke2fs -d copies them from the host, where
  /// they cannot be set. Also sets the immutable flag, because mke2fs -d does not copy inode flags.
  /// Inodes are numbered without gaps (e2fsprogs 1.47.0).
  private func finishInodes(
    _ path: FilePath, atByte offsetInBytes: UInt64, _ inodes: ClosedRange<UInt32>
  ) async throws {
    var script = ""
    for inode in [Superblock.rootInode] + inodes {
      script += "set_inode_field <\(inode)> ctime @\(tools.timestamp)\n"
      script += "set_inode_field <\(inode)> atime @\(tools.timestamp)\n"
    }
    if let immutablePath {
      // EXT4_EXTENTS_FL | EXT4_IMMUTABLE_FL
      script += "set_inode_field \"\(immutablePath)\" flags 0x80010\n"
    }
    let output = try await tools.run(
      "debugfs", on: path,
      ["-w", "-f", "/dev/stdin", "\(ImageTools.image)?offset=\(offsetInBytes)"],
      input: script)
    // debugfs ends with 0 whatever happens. Its version and the requests begin with its name.
    if let problem = output.split(separator: "\n").first(where: { !$0.hasPrefix("debugfs") }) {
      throw DiskError.unexpectedOutput(tool: "debugfs", String(problem))
    }
  }
}
