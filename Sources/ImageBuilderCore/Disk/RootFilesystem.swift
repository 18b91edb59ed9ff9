import Bindings
import Configuration
import Glibc
import SystemPackage

/// The ext4 filesystem of an image, made from a directory at some place of a plain file.
struct RootFilesystem {
  /// How much more than the promised space may be free, where no minimum size demands more.
  static let toleranceInBytes: UInt64 = 16 << 20

  let directory: FilePath
  let identifiers: DerivedIdentifiers
  let tools: ImageTools
  /// The directory that becomes immutable, as seen from the filesystem's root.
  var immutablePath: String?

  /// Makes `path` anew, with the filesystem from `offsetInBytes` to its end.
  ///
  /// mke2fs leaves blocks of zeros out, which no size tells beforehand: where they are many, the
  /// filesystem is made a second time, smaller.
  ///
  /// - Returns: the layout that it got.
  /// - Throws: `CommandFailure`, `LinuxError`, `DiskError.unexpectedOutput`.
  func make(
    in path: FilePath, atByte offsetInBytes: UInt64, like first: FilesystemLayout
  ) async throws -> FilesystemLayout {
    var layout = first
    for _ in 1...3 {
      try reserve(path, sizeInBytes: offsetInBytes + layout.sizeInBytes)
      try await makeFilesystem(in: path, atByte: offsetInBytes, layout)
      let superblock = try Superblock(of: path, at: offsetInBytes)
      let excess = layout.excessBlocks(superblock)
      let toleratedBlocks = Int64(Self.toleranceInBytes / FilesystemContent.blockSizeInBytes)
      if excess >= 0 && (excess <= toleratedBlocks || layout.isMinimal) {
        try await finishInodes(path, atByte: offsetInBytes, superblock)
        return layout
      }
      layout = layout.withoutContent(ofBlocks: excess)
    }
    throw DiskError.unexpectedOutput(
      tool: "mke2fs", "filesystems of \(directory) have other free space than was reckoned")
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
      // The file is all holes: zeros need not be written (e2fsprogs 1.47.0).
      "assume_storage_prezeroed=1",
    ]
    try await tools.run(
      "mke2fs",
      ["-q", "-F", "-L", "ostree", "-U", identifiers.uuid("root-filesystem")]
        + layout.mke2fsArguments
        + [
          "-E", options.joined(separator: ","), "-d", directory.string, path.string,
          "\(layout.blocks)",
        ])
  }

  /// mke2fs -d carries no inode flags over, and copies times that nothing can set on the host: when
  /// an inode was changed or read last. It numbers inodes without gaps (e2fsprogs 1.47.0).
  private func finishInodes(
    _ path: FilePath, atByte offsetInBytes: UInt64, _ superblock: Superblock
  ) async throws {
    var script = ""
    for inode in [Superblock.rootInode] + superblock.ordinaryInodes {
      script += "set_inode_field <\(inode)> ctime @\(tools.timestamp)\n"
      script += "set_inode_field <\(inode)> atime @\(tools.timestamp)\n"
    }
    if let immutablePath {
      // EXT4_EXTENTS_FL | EXT4_IMMUTABLE_FL
      script += "set_inode_field \"\(immutablePath)\" flags 0x80010\n"
    }
    try await tools.run(
      "debugfs", ["-w", "-f", "/dev/stdin", "\(path)?offset=\(offsetInBytes)"], input: script)
  }
}
