/// What the disk of an image is like, before the size of its root filesystem is known.
struct DiskPlan: Sendable, Equatable {
  /// The kind of partition table, as `image:partition_table` and sfdisk call it.
  enum Table: String, Sendable, CaseIterable {
    case gpt
    case dos
  }

  let table: Table
  /// What can start the image: `image:firmware`.
  let firmware: [Firmware]
  let arch: String
  let marksRootForGrowth: Bool

  var startsByUEFI: Bool { firmware.contains(.uefi) }
  var startsByBIOS: Bool { firmware.contains(.bios) }

  init(
    _ table: Table, firmware: [Firmware] = Firmware.allCases, arch: String,
    marksRootForGrowth: Bool
  ) {
    self.table = table
    self.firmware = firmware.filter(MachineModel(arch: arch).firmware.contains)
    self.arch = arch
    self.marksRootForGrowth = marksRootForGrowth
  }

  /// - Throws: `ConfigurationError`, `BuildError.impossibleFirmware`.
  init(_ configuration: Configuration) throws {
    try self.init(
      configuration.choice("image", "partition_table"),
      firmware: configuration.firmware("image"),
      arch: configuration.value("build", "arch"),
      marksRootForGrowth: configuration.isTrue("image", "rootfs_resize"))
    guard !firmware.isEmpty else { throw BuildError.impossibleFirmware(arch: arch) }
  }

  /// The tree has no boot code for one way to start: what remains is enough, if it was asked for.
  ///
  /// - Throws: `BuildError.missingBootCode` when it is the only way that was asked for.
  func doWithout(_ firmware: Firmware, because reason: String, say: (String) -> Void) throws {
    guard self.firmware.count > 1 else {
      throw BuildError.missingBootCode(firmware: firmware.rawValue, reason: reason)
    }
    say("warning: \(reason), so the image does not boot by \(firmware.rawValue.uppercased())")
  }
}
