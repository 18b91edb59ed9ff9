import Configuration

/// The partition table of a new image.
struct PartitionTable: Sendable, Equatable {
  /// The purpose of a partition.
  enum Role: String, Sendable {
    case efiSystem = "efi-system"
    case biosBoot = "bios-boot"
    case root
    /// `/var` on a disk of its own.
    case content

    /// The label of the filesystem, by which the system finds it.
    var label: String { self == .root ? "ostree" : rawValue }
  }

  struct Partition: Sendable, Equatable {
    let role: Role
    /// The first sector, and the number of sectors.
    let start: UInt64
    let size: UInt64

    var startInBytes: UInt64 { start * PartitionTable.sectorSizeInBytes }
    var sizeInBytes: UInt64 { size * PartitionTable.sectorSizeInBytes }
  }

  static let sectorSizeInBytes: UInt64 = 512
  private static let mebibyte: UInt64 = 2048

  /// Returns a size in whole MiB, rounded up.
  static func mebibytes(_ sizeInBytes: UInt64) -> UInt64 { (sizeInBytes + (1 << 20) - 1) >> 20 }

  let plan: DiskPlan
  let partitions: [Partition]

  /// Lays out an image. The root partition is the last one and has at least `rootSizeInBytes`.
  ///
  /// The first partition starts at sector 2048, or where the board says. GRUB's BIOS code gets a
  /// partition of 1 MiB in a GPT; with a dos partition table, it uses the gap after the MBR.
  init(_ plan: DiskPlan, rootSizeInBytes: UInt64) {
    self.plan = plan
    var next = plan.board?.firstPartitionStart ?? 2048
    var partitions: [Partition] = []
    func add(_ role: Role, mebibytes: UInt64) {
      let size = mebibytes * Self.mebibyte
      partitions.append(Partition(role: role, start: next, size: size))
      next += size
    }
    if plan.bootsWithUEFI { add(.efiSystem, mebibytes: plan.efiSystem.sizeInMebibytes) }
    if plan.bootsWithBIOS && plan.table == .gpt { add(.biosBoot, mebibytes: 1) }
    add(plan.mainRole, mebibytes: Self.mebibytes(rootSizeInBytes))
    self.partitions = partitions
  }

  /// The size of the whole image. The last MiB contains the backup GPT.
  var imageSizeInBytes: UInt64 {
    (root.start + root.size + Self.mebibyte) * Self.sectorSizeInBytes
  }

  /// The last partition: that of the root filesystem, or of `/var` on the second disk.
  var root: Partition { partitions[partitions.count - 1] }

  subscript(role: Role) -> Partition? {
    partitions.first { $0.role == role }
  }

  /// The input of sfdisk that creates the table.
  func sfdiskScript(_ identifiers: DerivedIdentifiers) -> String {
    let disk =
      plan.table == .gpt ? identifiers.uuid("disk") : "0x\(identifiers.volumeID("disk"))"
    let lines = partitions.map { partition in
      var fields = [
        "start=\(partition.start)", "size=\(partition.size)", "type=\(type(partition.role))",
      ]
      if plan.table == .gpt {
        fields.append("uuid=\(identifiers.uuid(partition.role.rawValue))")
        if partition == root && plan.marksRootForGrowth { fields.append("attrs=\"GUID:55\"") }
      }
      return fields.joined(separator: ", ")
    }
    return (["label: \(plan.table.rawValue)", "label-id: \(disk)", "unit: sectors"] + lines)
      .joined(separator: "\n") + "\n"
  }

  /// The partition types of the Discoverable Partitions Specification, and those of an MBR.
  private func type(_ role: Role) -> String {
    switch (plan.table, role) {
    case (.dos, .efiSystem): return plan.board?.efiSystemType ?? "ef"
    case (.dos, _): return "83"
    case (.gpt, .efiSystem): return Self.efiSystemType
    case (.gpt, .biosBoot): return Self.biosBootType
    case (.gpt, .root): return plan.arch.rootPartitionType
    case (.gpt, .content): return Self.varType
    }
  }

  private static let efiSystemType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
  private static let varType = "4D21B016-B534-45C2-A9FB-5C16E091FD2D"
  private static let biosBootType = "21686148-6449-6E6F-744E-656564454649"

  /// The role of a GPT partition type; nil if this program does not use the type.
  static func role(ofType type: String) -> Role? {
    switch type {
    case efiSystemType: .efiSystem
    case biosBootType: .biosBoot
    case varType: .content
    default: Architecture.allCases.contains { $0.rootPartitionType == type } ? .root : nil
    }
  }
}
