import Bindings
import Configuration

/// The properties of a disk image that do not depend on the size of its root filesystem.
struct DiskPlan: Sendable, Equatable {
  let table: PartitionTableKind
  /// The firmware that can boot the image: `image:firmware`.
  let firmware: [Firmware]
  let arch: Architecture
  let marksRootForGrowth: Bool
  let efiSystem: EFISystemPartition

  var bootsWithUEFI: Bool { firmware.contains(.uefi) }
  var bootsWithBIOS: Bool { firmware.contains(.bios) }

  init(
    _ table: PartitionTableKind, firmware: [Firmware] = Firmware.allCases, arch: Architecture,
    marksRootForGrowth: Bool,
    efiSystem: EFISystemPartition = EFISystemPartition(sizeInBytes: 62 << 20)
  ) {
    self.table = table
    self.firmware = firmware.filter(arch.firmware.contains)
    self.arch = arch
    self.marksRootForGrowth = marksRootForGrowth
    self.efiSystem = efiSystem
  }

  /// - Throws: `ConfigurationError`, `DiskError.impossibleFirmware`.
  init(_ configuration: Configuration) throws {
    try self.init(
      configuration.value(Options.image.partitionTable),
      firmware: configuration.value(Options.image.firmware),
      arch: configuration.value(Options.build.arch),
      marksRootForGrowth: configuration.value(Options.image.isRootGrown),
      efiSystem: Self.efiSystem(configuration))
    guard !firmware.isEmpty else { throw DiskError.impossibleFirmware(arch) }
  }

  private static func efiSystem(
    _ configuration: Configuration
  ) throws(ConfigurationError) -> EFISystemPartition {
    let option = Options.image.efiSystemSize
    guard let size = try configuration.value(option),
      EFISystemPartition.possibleSizes.contains(size)
    else { throw try configuration.unacceptable(option, accepted: "a size from 16M to 1G") }
    return EFISystemPartition(sizeInBytes: size)
  }

  /// Checks that the EFI programs of a tree fit into their partition, if the image has one.
  ///
  /// - Throws: `DiskError`, `LinuxError`.
  func checkEFIPrograms(of root: DeploymentRoot) throws {
    guard bootsWithUEFI, let programs = try RootedPath.find(Self.efiPrograms, in: root.path) else {
      return
    }
    try efiSystem.check(programs)
  }

  /// The directory of the tree that is copied to the EFI system partition.
  static let efiPrograms = "usr/lib/efi_binaries/EFI"

  /// Reports that the tree has no boot code for a firmware. This is a warning if the image boots
  /// with another firmware.
  ///
  /// - Throws: `DiskError.missingBootCode` if the image is configured for this firmware only.
  func reportMissingBootCode(
    for firmware: Firmware, because reason: String, say: (String) -> Void
  ) throws {
    guard self.firmware.count > 1 else {
      throw DiskError.missingBootCode(firmware, reason: reason)
    }
    say("warning: \(reason), so the image does not boot by \(firmware.rawValue.uppercased())")
  }
}
