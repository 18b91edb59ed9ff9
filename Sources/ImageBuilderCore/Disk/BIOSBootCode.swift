import Configuration
import Glibc
import SystemPackage

/// GRUB's boot code for BIOS, written to the places where grub-install writes it.
///
/// The offsets are those of GRUB 2's i386-pc images: `GRUB_BOOT_MACHINE_KERNEL_SECTOR` (0x5c) in
/// boot.img, and the first block list of diskboot.img (0x1f4) in the core image.
struct BIOSBootCode {
  private static let kernelSectorOffset = 0x5c
  private static let blockListOffset = 0x1f4
  private static let bootCodeSizeInBytes = 440
  /// The core image of a tree that brings one.
  static let corePath = "usr/lib/grub/core-bios.img"

  private let bootImage: [UInt8]
  private let coreImage: [UInt8]
  private let firstSector: UInt64

  /// Returns nil if the image does not boot with BIOS: it is not configured for BIOS, or the tree
  /// has no suitable boot code.
  ///
  /// - Throws: `DiskError.missingBootCode`, `TreeError.unusableFile`, `LinuxError`.
  init?(
    deployment: DeploymentRoot, sysroot: FilePath, table: PartitionTable, say: (String) -> Void
  ) throws {
    guard table.plan.bootsWithBIOS, let target = table.plan.arch.grubBIOSTarget else { return nil }
    let bootPath = "usr/lib/grub/\(target)/boot.img"
    let made = GRUBInstallation.coreImage(target, in: sysroot)
    let boot = try deployment.bytes(of: bootPath)
    let core = try deployment.bytes(of: Self.corePath) ?? (try? FileAccess.bytes(of: made))
    guard let boot, let core else {
      let missing = [boot == nil ? bootPath : nil, core == nil ? Self.corePath : nil]
      let advice =
        core == nil ? " (it can be made if the tree has GRUB's modules and grub-mkimage)" : ""
      try table.plan.reportMissingBootCode(
        for: .bios,
        because:
          "the tree has no \(missing.compactMap { $0 }.joined(separator: " and no "))\(advice)",
        say: say)
      return nil
    }
    let room = table[.biosBoot]
    firstSector = room?.start ?? 1
    let roomInBytes = room?.sizeInBytes ?? 2047 * PartitionTable.sectorSizeInBytes
    (bootImage, coreImage) = (boot, core)
    guard bootImage.count >= Self.bootCodeSizeInBytes,
      coreImage.count > Self.blockListOffset + 8, UInt64(coreImage.count) <= roomInBytes
    else {
      try table.plan.reportMissingBootCode(
        for: .bios, because: "\(Self.corePath) is not a GRUB image that fits", say: say)
      return nil
    }
  }

  /// Writes the boot code to the first sector, and the core image to the BIOS boot partition or to
  /// the gap after the MBR.
  ///
  /// - Throws: `Errno`.
  func write(to file: FileDescriptor) throws {
    guard let (boot, core) = Self.placed(bootImage, coreImage, at: firstSector) else { return }
    try file.writeAll(toAbsoluteOffset: 0, boot.prefix(Self.bootCodeSizeInBytes))
    try file.writeAll(
      toAbsoluteOffset: Int64(firstSector * PartitionTable.sectorSizeInBytes), core)
  }

  /// The boot sector and the core image of GRUB for a place on the disk.
  ///
  /// - Returns: nil if they are too small to be GRUB's.
  static func placed(
    _ boot: [UInt8], _ core: [UInt8], at sector: UInt64
  ) -> (boot: [UInt8], core: [UInt8])? {
    guard boot.count >= bootCodeSizeInBytes, core.count > blockListOffset + 8 else { return nil }
    var (boot, core) = (boot, core)
    store(sector, in: &boot, at: kernelSectorOffset)
    store(sector + 1, in: &core, at: blockListOffset)
    return (boot, core)
  }

  private static func store(_ value: UInt64, in bytes: inout [UInt8], at offset: Int) {
    withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<offset + 8, with: $0) }
  }
}
