import Configuration

/// What the disk of an image is like, before the size of its root filesystem is known.
struct DiskPlan: Sendable, Equatable {
  let table: PartitionTableKind
  /// What can start the image: `image:firmware`.
  let firmware: [Firmware]
  let arch: Architecture
  let marksRootForGrowth: Bool

  var startsByUEFI: Bool { firmware.contains(.uefi) }
  var startsByBIOS: Bool { firmware.contains(.bios) }

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

  /// Reports that the tree lacks the boot code for a firmware: a warning where the image boots under
  /// another one.
  ///
  /// - Throws: `DiskError.missingBootCode` where the image was to boot under this one only.
  func reportMissingBootCode(
    for firmware: Firmware, because reason: String, say: (String) -> Void
  ) throws {
    guard self.firmware.count > 1 else {
      throw DiskError.missingBootCode(firmware, reason: reason)
    }
    say("warning: \(reason), so the image does not boot by \(firmware.rawValue.uppercased())")
  }
}
