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
  /// The board that the image is for; nil for machines with firmware of their own.
  let board: Board?
  /// Whether firmware with Microsoft's keys starts the image: `image:secure_boot`.
  var hasSecureBoot = false
  /// What the last partition is for.
  var mainRole = PartitionTable.Role.root

  var bootsWithUEFI: Bool { firmware.contains(.uefi) }
  var bootsWithBIOS: Bool { firmware.contains(.bios) }

  init(
    _ table: PartitionTableKind, firmware: [Firmware] = Firmware.allCases, arch: Architecture,
    marksRootForGrowth: Bool,
    efiSystem: EFISystemPartition = EFISystemPartition(sizeInBytes: 62 << 20),
    board: Board? = nil
  ) {
    self.table = table
    self.firmware = firmware.filter(arch.firmware.contains)
    self.arch = arch
    self.marksRootForGrowth = marksRootForGrowth
    self.efiSystem = efiSystem
    self.board = board
  }

  /// - Throws: `ConfigurationError`, `DiskError.impossibleFirmware`.
  init(_ configuration: Configuration) throws {
    let board = Board.named(try configuration.value(Options.build.platform))
    try self.init(
      configuration.value(Options.image.partitionTable),
      firmware: configuration.value(Options.image.firmware),
      arch: configuration.value(Options.build.arch),
      marksRootForGrowth: configuration.value(Options.image.isRootGrown),
      efiSystem: EFISystemPartition(
        sizeInBytes: configuration.efiSystemSizeInBytes(for: board),
        fat: Board.efiSystemFAT(of: board)), board: board)
    hasSecureBoot = try configuration.value(Options.image.hasSecureBoot)
    guard !firmware.isEmpty else { throw DiskError.impossibleFirmware(arch) }
  }

  /// The plan of the disk for `/var`, from which no machine starts.
  var secondDisk: DiskPlan {
    var plan = DiskPlan(.gpt, firmware: [], arch: arch, marksRootForGrowth: marksRootForGrowth)
    plan.mainRole = .content
    return plan
  }

  /// Checks that the tree has what its board needs, that it and the EFI programs fit into their places,
  /// and that the EFI programs are signed, if they must be.
  ///
  /// - Returns: what the board needs; nil if the image is for none.
  /// - Throws: `DiskError`, `LinuxError`, `TreeError.unusableFile`.
  @discardableResult
  func checkBootFiles(of root: DeploymentRoot) throws -> BoardFiles? {
    if hasSecureBoot { try SignedPrograms(root).check() }
    let board = try board.map { try BoardFiles(of: $0, in: root) }
    guard bootsWithUEFI else { return board }
    try efiSystem.check(
      RootedPath.find(efiPrograms, in: root.path),
      and: board?.files.mapValues(\.sizeInBytes) ?? [:])
    return board
  }

  /// The directory of the tree that is copied to the EFI system partition.
  var efiPrograms: String {
    hasSecureBoot ? SignedPrograms.directory : "usr/lib/efi_binaries/EFI"
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
