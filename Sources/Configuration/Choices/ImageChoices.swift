/// What starts the boot loader of a machine.
package enum Firmware: String, Sendable, CaseIterable, Codable {
  case uefi, bios
}

/// How disk images are compressed, and the last part of their file names.
package enum Compression: String, Sendable, CaseIterable, Codable {
  case zst, gz, xz
}

/// The kind of partition table, under the name that sfdisk has for it.
package enum PartitionTableKind: String, Sendable, CaseIterable {
  case gpt, dos
}

/// A kind of file that image:forbid keeps out of images.
package enum ForbiddenFileKind: String, Sendable, CaseIterable {
  case devices, setuid
}
