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
