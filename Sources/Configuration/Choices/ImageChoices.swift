/// The firmware of a machine, which starts the boot loader.
package enum Firmware: String, Sendable, CaseIterable, Codable {
  case uefi, bios
}

/// The compression of disk images. The raw value is the file name extension.
package enum Compression: String, Sendable, CaseIterable, Codable {
  case zst, gz, xz
}

/// The kind of partition table. The raw value is its name in sfdisk(8).
package enum PartitionTableKind: String, Sendable, CaseIterable {
  case gpt, dos
}

/// A kind of file that `image:forbid` keeps out of images.
package enum ForbiddenFileKind: String, Sendable, CaseIterable {
  case devices, setuid, identity
}

/// A kind of FAT filesystem. The raw value is the number of bits of an entry of its table.
package enum FAT: Int, Sendable {
  case fat16 = 16
  case fat32 = 32

  /// The sizes of an EFI system partition in bytes. Smaller ones cannot be of that kind, and larger
  /// ones of FAT16 have clusters of 64 KiB, which not all firmware can read.
  var efiSystemSizesInBytes: ClosedRange<UInt64> { (self == .fat16 ? 16 : 34) << 20...1 << 30 }
}

/// Limits of the sizes of disks, so that no sum and no table of a format overflows.
package enum DiskSize {
  /// The most that an option adds to the content of a disk.
  static let mostExtraInBytes: UInt64 = 1 << 40
  /// The largest disk that is verified: content, free space, and what a format adds.
  package static let largestInBytes: UInt64 = 4 << 40
}
