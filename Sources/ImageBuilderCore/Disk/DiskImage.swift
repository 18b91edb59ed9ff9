import Bindings
import Configuration
import Glibc
import SystemPackage

/// Makes a raw disk image from a sysroot. It writes to a plain file, without loop devices or
/// mounts.
struct DiskImage {
  let sysroot: FilePath
  let deployment: DeploymentRoot
  let plan: DiskPlan
  let identifiers: DerivedIdentifiers
  let tools: ImageTools
  /// When this build began to make the sysroot, in seconds since 1970.
  let earliestOwnTime: UInt64
  let say: @Sendable (String) -> Void

  /// What becomes the main filesystem: the sysroot or, on the second disk, `/var`.
  var content: FilePath { plan.mainRole == .content ? deployment.varDirectory : sysroot }

  /// Sets modification times in the sysroot that are later than the time of the tools to that time,
  /// and those of files that this build made, which are earlier if the commit is from the future.
  /// Objects of the repository get the time 0.
  ///
  /// - Throws: `LinuxError`.
  func clampTimes() throws {
    // Objects are hard links into the cache, where they may have times from builds of other
    // commits.
    try ModificationTimes.clamp(below: sysroot.appending("ostree/repo/objects"), to: 0)
    try ModificationTimes.clamp(
      below: sysroot, to: tools.timestamp, from: min(tools.timestamp, earliestOwnTime))
  }

  /// Writes the image to `path`.
  ///
  /// - Returns: the partition table of the image.
  /// - Throws: `CommandFailure`, `LinuxError`, `Errno`, `DiskError`, `TreeError`,
  ///   `ImagePartitions.Damage`.
  func make(at path: FilePath, _ layout: FilesystemLayout) async throws -> PartitionTable {
    let board = try plan.checkBootFiles(of: deployment)
    let filesystem = RootFilesystem(
      directory: content, identifiers: identifiers, tools: tools, label: plan.mainRole.label,
      immutablePath: plan.mainRole == .content
        ? nil : String(deployment.path.string.dropFirst(sysroot.string.count)))
    let made = try await filesystem.make(
      in: path, atByte: PartitionTable(plan, rootSizeInBytes: 0).root.startInBytes, like: layout)
    let table = PartitionTable(plan, rootSizeInBytes: made.sizeInBytes)

    let file = try FileDescriptor.open(path, .readWrite, options: [.closeOnExec])
    defer { try? file.close() }
    guard ftruncate(file.rawValue, off_t(table.imageSizeInBytes)) == 0 else {
      throw LinuxError("reserve \(table.imageSizeInBytes) bytes at \(path)", Errno(rawValue: errno))
    }
    try await tools.run(
      "sfdisk", on: path, ["--quiet", "--no-reread", "--no-tell-kernel", ImageTools.image],
      input: table.sfdiskScript(identifiers))
    try markDOSRootForGrowth(file)
    try await makeEFISystemPartition(table, path)
    if let partition = table[.efiSystem] {
      try await board?.copyFiles(to: partition, of: path, tools)
    }
    try board?.writeLoaders(to: file)
    try BIOSBootCode(deployment: deployment, sysroot: sysroot, table: table, say: say)?
      .write(to: file)
    return table
  }

  /// A dos partition table has no attributes. The type byte of the unused fourth entry marks the
  /// root partition as one that may grow.
  private func markDOSRootForGrowth(_ file: FileDescriptor) throws {
    guard plan.table == .dos && plan.marksRootForGrowth else { return }
    try file.writeAll(toAbsoluteOffset: 498, [0xdd])
  }

  private func makeEFISystemPartition(_ table: PartitionTable, _ path: FilePath) async throws {
    guard let partition = table[.efiSystem] else { return }
    try await tools.run(
      "mkfs.vfat", on: path,
      [
        "--invariant", "-F", "\(plan.efiSystem.fat.rawValue)", "-n", "EFI",
        "-i", identifiers.volumeID("efi-system"),
        "--offset", "\(partition.start)", ImageTools.image, "\(partition.sizeInBytes / 1024)",
      ])
    guard let source = try RootedPath.find(plan.efiPrograms, in: deployment.path) else {
      return try plan.reportMissingBootCode(
        for: .uefi, because: "the tree has no \(plan.efiPrograms)", say: say)
    }
    try checkFiles(of: source)
    try await tools.run(
      "mcopy", on: path, naming: ["EFI": source],
      ["-s", "-Q", "-i", "\(ImageTools.image)@@\(partition.startInBytes)", "EFI", "::"])
  }

  /// mcopy follows symbolic links and reads from named pipes.
  private func checkFiles(of directory: FilePath) throws {
    try FileTree.visit(directory) { entry in
      let kind = FileKind(entry.status.st_mode)
      if kind == .regular || kind == .directory { return }
      let inside = String(entry.path.string.dropFirst(deployment.path.string.count))
      if kind == .link && leadsToFileInside(entry.path) { return }
      throw TreeError.unusableFile(
        inside, reason: "it is \(kind)\(kind == .link ? " to no file of the tree" : "")")
    }
  }

  private func leadsToFileInside(_ link: FilePath) -> Bool {
    guard FileKind(following: link) == .regular, let target = realpath(link.string, nil)
    else { return false }
    defer { free(target) }
    return FilePath(platformString: target).starts(with: deployment.path)
  }
}
