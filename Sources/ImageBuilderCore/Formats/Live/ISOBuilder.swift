import Bindings
import Configuration
import Glibc
import SystemPackage

/// Makes the filesystem and the boot code of an ISO image that starts from CDs and from disks, with
/// BIOS and with UEFI.
struct ISOBuilder {
  static let xorriso = RequiredTool(
    name: "xorriso", package: "xorriso", purpose: "make and read ISO images (image:iso)")
  static let tools = [
    xorriso,
    RequiredTool(
      name: "mkfs.vfat", package: "dosfstools", purpose: "make ISO images for UEFI (image:iso)"),
    RequiredTool(name: "mcopy", package: "mtools", purpose: "make ISO images for UEFI (image:iso)"),
  ]

  /// The partition type that UEFI looks for in DOS partition tables.
  private static let efiSystemType = "0xef"
  private static let efiSystem = "efi.img"
  private static let root = "iso"

  let system: LiveSystem
  let files: LiveFiles
  let squash: FilePath
  let label: String
  let menu: LiveMenu
  let tools: ImageTools

  private var grub: String { "boot/grub" }

  /// Writes the image to `path`.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`, `Errno`, `NoTemporaryDirectory`.
  func make(at path: FilePath) async throws {
    try await TemporaryDirectory.with(in: system.directory) { scratch in
      let root = scratch.appending(Self.root)
      try fill(root)
      if let program = system.file(.efi) {
        try await makeEFISystem(at: scratch.appending(Self.efiSystem), program, in: scratch)
      }
      var environment = Command.toolEnvironment
      environment["SOURCE_DATE_EPOCH"] = "\(tools.timestamp)"
      environment["TZ"] = "UTC"
      try await Command(
        "xorriso", arguments(output: path), environment: environment, workingDirectory: scratch
      ).run()
    }
  }

  private func fill(_ root: FilePath) throws {
    let boot = root.appending("boot")
    let live = root.appending(LiveFiles.directory)
    for directory in [root.pushing(FilePath(grub)), live] { try Directories.create(directory) }
    try FileAccess.link(system.kernel, to: boot.appending("vmlinuz"))
    try FileAccess.link(system.initramfs, to: boot.appending("initramfs.img"))
    try NewcArchive(members: files.keyMembers, timestamp: tools.timestamp)
      .write(to: boot.appending("live.img"))
    try FileAccess.write(
      menu.grub(label: label), to: root.pushing(FilePath("\(grub)/grub.cfg")), waitsForDisk: false)
    if let image = system.file(.eltorito) {
      try FileAccess.link(image, to: root.pushing(FilePath("\(grub)/eltorito.img")))
    }
    try FileAccess.link(squash, to: live.appending(LiveFiles.squash))
    for (name, bytes) in try files.small() {
      try FileAccess.write(bytes, to: live.appending(name), waitsForDisk: false)
    }
  }

  /// The EFI system partition: the boot program, and a menu that leads to that of the medium.
  private func makeEFISystem(
    at path: FilePath, _ program: FilePath, in scratch: FilePath
  ) async throws {
    let tree = scratch.appending("efi")
    let programs = tree.pushing(FilePath("EFI/BOOT"))
    let menus = tree.pushing(FilePath(grub))
    for directory in [programs, menus] { try Directories.create(directory) }
    let bytes = try FileAccess.bytes(of: program)
    try FileAccess.write(
      bytes, to: programs.appending(program.lastComponent!.string), waitsForDisk: false)
    try FileAccess.write(
      LiveMenu.grubOfEFISystem(label: label), to: menus.appending("grub.cfg"), waitsForDisk: false)
    // The tables of FAT and the directories take less than a MiB.
    let size = (UInt64(bytes.count) >> 20 + 2) << 20
    try SparseFile(path).finish(sizeInBytes: size)
    try await tools.run(
      "mkfs.vfat", on: path,
      ["--invariant", "-n", "LIVE-EFI", "-i", "4c495645", ImageTools.image])
    try await tools.run(
      "mcopy", on: path, naming: ["EFI": tree.appending("EFI"), "boot": tree.appending("boot")],
      ["-s", "-Q", "-i", ImageTools.image, "EFI", "boot", "::"])
  }

  private func arguments(output path: FilePath) -> [String] {
    let time = Self.timeText(tools.timestamp)
    var arguments = [
      "-as", "mkisofs", "-quiet", "-o", path.string, "-r", "-J", "-joliet-long", "-iso-level", "3",
      "-no-pad", "-volid", label, "--modification-date=\(time)", "--set_all_file_dates", time,
    ]
    if system.file(.eltorito) != nil, let hybrid = system.file(.hybrid) {
      arguments += [
        "-b", "\(grub)/eltorito.img", "-no-emul-boot", "-boot-load-size", "4",
        "-boot-info-table", "--grub2-boot-info", "--grub2-mbr", hybrid.string,
        // Some firmware starts no disk without an active partition.
        "--mbr-force-bootable",
      ]
      if system.file(.efi) != nil { arguments.append("-eltorito-alt-boot") }
    }
    if system.file(.efi) != nil {
      arguments += [
        "-e", "--interval:appended_partition_2:all::", "-no-emul-boot",
        "-append_partition", "2", Self.efiSystemType, Self.efiSystem,
        // Windows would offer to format a partition that it does not know.
        "-iso_mbr_part_type", "0x00",
      ]
    }
    return arguments + [Self.root]
  }

  /// The time as xorriso reads it, in UTC: YYYYMMDDhhmmsscc.
  private static func timeText(_ timestamp: UInt64) -> String {
    UTCDate.text(timestamp).filter(\.isNumber) + "00"
  }
}
