import Configuration

/// A problem that prevents a disk image from being made.
enum DiskError: ExitStatusError, CustomStringConvertible {
  case imageTooLarge(sizeInBytes: UInt64, maximumInBytes: UInt64, extraSpaceInBytes: UInt64)
  case impossibleFirmware(Architecture)
  case missingBootCode(Firmware, reason: String)
  case efiProgramsTooLarge(neededInBytes: UInt64, roomInBytes: UInt64, sizeInBytes: UInt64)
  case namesUnfitForFAT([String])
  case unexpectedOutput(tool: String, String)

  var exitStatus: ExitStatus {
    if case .impossibleFirmware = self { .dataError } else { .failure }
  }

  var description: String {
    switch self {
    case .imageTooLarge(let size, let maximum, let extra):
      "the image would be \(formattedSize(size)), \(formattedSize(size - maximum)) more than "
        + "image:max_size (\(formattedSize(maximum))) allows; take content out, raise that option, "
        + "or lower image:extra_space, the free space in it (\(formattedSize(extra)))"
    case .impossibleFirmware(let arch):
      "image:firmware is bios, but no \(arch.rawValue) machine has one; set it to uefi"
    case .missingBootCode(let firmware, let reason):
      "image:firmware is \(firmware.rawValue), but \(reason), so the image would never boot; "
        + "add it to the tree (docs/tree.md), or set the option to another firmware"
    case .efiProgramsTooLarge(let needed, let room, let size):
      "the EFI programs of the tree (usr/lib/efi_binaries/EFI) need \(formattedSize(needed)), but "
        + "the EFI system partition of \(formattedSize(size)) has room for \(formattedSize(room)); "
        + "raise image:esp_size, or take programs out of the tree"
    case .namesUnfitForFAT(let names):
      "the EFI system partition, a FAT filesystem, cannot have all files of the tree's "
        + "usr/lib/efi_binaries/EFI:" + listed(names) + "\n  rename them in the tree"
    case .unexpectedOutput(let tool, let text):
      "\(tool) returned an unexpected result: \(text)"
    }
  }
}
