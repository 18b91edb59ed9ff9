import Configuration

/// The properties of a disk image that do not depend on the size of its root filesystem.
struct DiskPlan: Sendable, Equatable {
  let table: PartitionTableKind
  /// The firmware that can boot the image: `image:firmware`.
  let firmware: [Firmware]
  let arch: Architecture
  let marksRootForGrowth: Bool

  var bootsWithUEFI: Bool { firmware.contains(.uefi) }
  var bootsWithBIOS: Bool { firmware.contains(.bios) }

  init(
    _ table: PartitionTableKind, firmware: [Firmware] = Firmware.allCases, arch: Architecture,
    marksRootForGrowth: Bool
  ) {
    self.table = table
    self.firmware = firmware.filter(arch.firmware.contains)
    self.arch = arch
    self.marksRootForGrowth = marksRootForGrowth
  }

  /// - Throws: `ConfigurationError`, `DiskError.impossibleFirmware`.
  init(_ configuration: Configuration) throws {
    try self.init(
      configuration.value(Options.image.partitionTable),
      firmware: configuration.value(Options.image.firmware),
      arch: configuration.value(Options.build.arch),
      marksRootForGrowth: configuration.value(Options.image.isRootGrown))
    guard !firmware.isEmpty else { throw DiskError.impossibleFirmware(arch) }
  }

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
