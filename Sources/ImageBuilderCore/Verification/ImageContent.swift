import Configuration
import SystemPackage

/// Verifies the content of a raw disk image.
struct ImageContent: Sendable {
  /// The name of the copy of the EFI system partition in `scratch`.
  private static let efiSystem = "efi-system"

  let image: RawDiskImage
  /// The partition that the disk is for: `root`, or `content` on the second disk.
  let role: PartitionTable.Role
  let commit: String
  let arch: Architecture?
  /// An empty directory for copies of parts of the image.
  let scratch: FilePath

  /// The problems of the image, worded to follow its name.
  ///
  /// - Throws: `CommandFailure` if a tool cannot be started or debugfs fails;
  ///   `ImagePartitions.Damage` if the superblock is beyond the end of the image;
  ///   `SparseFile.NoRoom`; `Errno`; `LinuxError`; `UntrustedFile.Refusal`.
  func problems() async throws -> [String] {
    let main: ImagePartitions.Partition
    let efiSystem: ImagePartitions.Partition?
    do {
      let table = try ImagePartitions(of: image)
      efiSystem = try table.only(.efiSystem)
      guard let found = try table.only(role) else {
        return ["has no \(role.rawValue) partition"]
      }
      main = found
    } catch let damage as ImagePartitions.Damage {
      return ["\(damage)"]
    }
    return try await problems(of: main) + efiProblems(efiSystem)
  }

  private func problems(of partition: ImagePartitions.Partition) async throws -> [String] {
    if let problem = try superblockProblem(partition) { return [problem] }
    let filesystem = try FilesystemReader(in: image, at: partition.startInBytes, scratch: scratch)
    let check = filesystem.command("e2fsck", ["-f", "-n"])
    if let problem = try await problem(of: "\(role.rawValue) filesystem", check) {
      return [problem]
    }
    guard role == .root else { return [] }
    return try await BootEntries(root: filesystem, commit: commit).problems()
  }

  /// Checks what e2fsck cannot: e2fsck knows neither the size of the partition nor the expected
  /// label.
  private func superblockProblem(_ partition: ImagePartitions.Partition) throws -> String? {
    guard partition.sizeInBytes >= 4096 else {
      return "has a \(role.rawValue) partition that is too small"
    }
    guard let superblock = try Superblock(of: image.path, at: partition.startInBytes) else {
      return "has no ext4 \(role.rawValue) filesystem"
    }
    guard let size = superblock.sizeInBytes, size <= partition.sizeInBytes else {
      return "has a \(role.rawValue) filesystem that is larger than its partition"
    }
    guard superblock.label == role.label else {
      return "has a \(role.rawValue) filesystem with the label '\(superblock.label)', not "
        + "'\(role.label)'"
    }
    return nil
  }

  private func efiProblems(_ partition: ImagePartitions.Partition?) async throws -> [String] {
    guard let partition else { return [] }
    try await BlockingWork.run { _ in
      try copyPartition(partition, to: scratch.appending(Self.efiSystem))
    }
    let check = Command("fsck.vfat", ["-n", Self.efiSystem], workingDirectory: scratch)
    if let problem = try await problem(of: "EFI system partition", check) { return [problem] }
    do {
      // The partition is empty if the tree has no EFI programs. The build prints a warning in that
      // case.
      guard try await names(in: "/").contains("EFI/") else { return [] }
      guard let program = (arch ?? .amd64).efiBootProgram else { return [] }
      guard try await names(in: "/EFI").contains("BOOT/"),
        try await names(in: "/EFI/BOOT").contains(program)
      else { return ["lacks EFI/BOOT/\(program)"] }
      return []
    } catch let failure as CommandFailure {
      return [try Self.problem(of: "EFI system partition", failure)]
    }
  }

  /// Needed because fsck.vfat has no option for an offset.
  private func copyPartition(
    _ partition: ImagePartitions.Partition, to path: FilePath
  ) throws {
    let disk = try FileDescriptor.open(image.path, .readOnly, options: .closeOnExec)
    defer { try? disk.close() }
    try disk.seek(offset: Int64(partition.startInBytes), from: .start)
    var file = try SparseFile(path)
    try file.append(disk, atMost: partition.sizeInBytes)
    try file.finish(sizeInBytes: partition.sizeInBytes)
  }

  /// The names in a directory of the EFI system partition, in upper case. Names of directories end
  /// with a slash.
  ///
  /// - Throws: `CommandFailure`, also if there is no such directory.
  private func names(in directory: String) async throws -> Set<String> {
    let list = Command(
      "mdir", ["-b", "-i", Self.efiSystem, "::\(directory)"], workingDirectory: scratch)
    let lines = try await list.text()
    let prefix = directory == "/" ? "::/" : "::\(directory)/"
    return Set(
      lines.split(separator: "\n").filter { $0.hasPrefix(prefix) }
        .map { String($0.dropFirst(prefix.count)).uppercased() })
  }

  private func problem(of part: String, _ check: Command) async throws -> String? {
    do {
      try await check.run()
      return nil
    } catch let failure as CommandFailure {
      return try Self.problem(of: part, failure)
    }
  }

  /// Converts the failure of a tool to a problem of a part of the image.
  ///
  /// - Throws: `failure` if the tool could not be started.
  private static func problem(of part: String, _ failure: CommandFailure) throws -> String {
    if case .notStarted = failure.reason { throw failure }
    return "has a damaged \(part) (\(failure.command.program) \(failure.reason.sentence)): "
      + failure.lastLines.joined(separator: "; ")
  }
}
