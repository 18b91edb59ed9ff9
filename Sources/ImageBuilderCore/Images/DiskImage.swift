import Bindings
import Glibc
import SystemPackage

/// Makes a raw disk image from a sysroot, on plain files: no loop device, no mount.
struct DiskImage {
  let sysroot: FilePath
  let deployment: DeploymentRoot
  let table: PartitionTable
  let identifiers: DerivedIdentifiers
  /// Seconds since the epoch that filesystems take for the current time; no file is younger.
  let timestamp: UInt64
  let say: @Sendable (String) -> Void

  /// Writes the image to `path`.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`.
  func make(at path: FilePath) async throws {
    try ModificationTimes.clamp(below: sysroot, to: timestamp)
    let file = try FileDescriptor.open(
      path, .readWrite, options: [.create, .truncate, .closeOnExec], permissions: .worldReadable)
    defer { try? file.close() }
    guard ftruncate(file.rawValue, off_t(table.imageSizeInBytes)) == 0 else {
      throw LinuxError("reserve \(table.imageSizeInBytes) bytes at \(path)", Errno(rawValue: errno))
    }
    try await run(
      "sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", path.string],
      input: table.sfdiskScript(identifiers))
    try markDOSRootForGrowth(file)
    try await makeEFISystemPartition(path)
    try await makeRootFilesystem(path)
    try BIOSBootCode(deployment: deployment, table: table, say: say)?.write(to: file)
  }

  /// A dos table has no partition attributes: the type byte of the unused fourth entry says that
  /// the root partition may grow.
  private func markDOSRootForGrowth(_ file: FileDescriptor) throws {
    guard table.kind == .dos && table.marksRootForGrowth else { return }
    try file.writeAll(toAbsoluteOffset: 498, [0xdd])
  }

  private func makeEFISystemPartition(_ path: FilePath) async throws {
    guard let partition = table[.efiSystem] else { return }
    try await run(
      "mkfs.vfat",
      [
        "--invariant", "-F", "16", "-n", "EFI", "-i", identifiers.volumeID("efi-system"),
        "--offset", "\(partition.start)", path.string, "\(partition.sizeInBytes / 1024)",
      ])
    guard let source = try? deployment.resolve("usr/lib/efi_binaries/EFI") else {
      say("warning: the tree has no usr/lib/efi_binaries/EFI, so the image does not boot by UEFI")
      return
    }
    try await run(
      "mcopy", ["-s", "-Q", "-i", "\(path)@@\(partition.startInBytes)", source.string, "::"])
  }

  private func makeRootFilesystem(_ path: FilePath) async throws {
    let partition = table[.root]!
    let options = [
      "offset=\(partition.startInBytes)", "hash_seed=\(identifiers.uuid("hash-seed"))",
      "root_owner=0:0", "nodiscard",
    ]
    try await run(
      "mke2fs",
      [
        "-q", "-F", "-t", "ext4", "-O", "dir_index", "-m", "1", "-L", "ostree", "-T", "default",
        "-U", identifiers.uuid("root-filesystem"), "-E", options.joined(separator: ","),
        "-d", sysroot.string, path.string, "\(partition.sizeInBytes / 1024)k",
      ])
    try await finishInodes(path, partition)
  }

  /// mke2fs -d carries no inode flags over, and copies times that nothing can set on the host: when
  /// an inode was changed or read last. It numbers inodes without gaps (e2fsprogs 1.47.0).
  private func finishInodes(_ path: FilePath, _ partition: PartitionTable.Partition) async throws {
    let superblock = try Superblock(of: path, at: partition.startInBytes)
    var script = ""
    for inode in [Superblock.rootInode] + superblock.ordinaryInodes {
      script += "set_inode_field <\(inode)> ctime @\(timestamp)\n"
      script += "set_inode_field <\(inode)> atime @\(timestamp)\n"
    }
    // EXT4_EXTENTS_FL | EXT4_IMMUTABLE_FL
    let inside = deployment.path.string.dropFirst(sysroot.string.count)
    script += "set_inode_field \"\(inside)\" flags 0x80010\n"
    try await run(
      "debugfs",
      ["-w", "-f", "/dev/stdin", "\(path)?offset=\(partition.startInBytes)"], input: script)
  }

  private func run(_ tool: String, _ arguments: [String], input: String? = nil) async throws {
    var environment = Command.toolEnvironment
    environment["E2FSPROGS_FAKE_TIME"] = "\(timestamp)"
    environment["SOURCE_DATE_EPOCH"] = "\(timestamp)"
    environment["MTOOLS_SKIP_CHECK"] = "1"
    environment["TZ"] = "UTC"
    try await Command(tool, arguments, environment: environment, input: input).run()
  }
}
