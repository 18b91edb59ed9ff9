import Configuration

/// A problem that prevents a disk image from being made.
enum DiskError: ExitStatusError, CustomStringConvertible {
  case imageTooLarge(sizeInBytes: UInt64, maximumInBytes: UInt64, extraSpaceInBytes: UInt64)
  case impossibleFirmware(Architecture)
  case missingBootCode(Firmware, reason: String)
  case efiProgramsTooLarge(neededInBytes: UInt64, roomInBytes: UInt64, sizeInBytes: UInt64)
  case namesUnfitForFAT([String])
  case noSignedPrograms([String])
  case otherVarMount([String])
  case missingBoardFile(String, Board, package: String)
  case boardLoaderTooLarge(String, sizeInBytes: UInt64, roomInBytes: UInt64)
  case unexpectedOutput(tool: String, String)

  var exitStatus: ExitStatus {
    switch self {
    case .impossibleFirmware, .noSignedPrograms, .otherVarMount, .missingBoardFile,
      .boardLoaderTooLarge:
      .dataError
    default: .failure
    }
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
      "the EFI programs of the tree (usr/lib/efi_binaries) and the files for the board, if any, need "
        + "\(formattedSize(needed)), but the EFI system partition of \(formattedSize(size)) has room "
        + "for \(formattedSize(room)); raise image:esp_size, or take programs out of the tree"
    case .namesUnfitForFAT(let names):
      "the EFI system partition, a FAT filesystem, cannot have all files that the tree has for it "
        + "(usr/lib/efi_binaries and, with /, those for the board):" + listed(names)
        + "\n  rename them in the tree"
    case .noSignedPrograms(let problems):
      "image:secure_boot is true, but the tree has not all that Secure Boot needs:"
        + listed(problems)
        + "\n  add the signed programs to the tree (docs/formats.md; in Debian they are in the packages "
        + "shim-signed, grub-efi-amd64-signed and linux-image-amd64), or set image:secure_boot to false"
    case .otherVarMount(let lines):
      "image:second_disk is true, but /etc/fstab of the deployed system mounts something else on /var:"
        + listed(lines)
        + "\n  take the line out of the tree or of the hook that writes it, or set image:second_disk to "
        + "false"
    case .missingBoardFile(let path, let board, let package):
      "the tree has no \(path), without which a board of build:platform \(board.name) does not start; "
        + "add the package \(package) to it (tree:packages for the embedded tree)"
    case .boardLoaderTooLarge(let path, let size, let room):
      "the tree's \(path) has \(size) bytes, but there is room for \(room) bytes from its sector on; "
        + "the tree needs another version of it"
    case .unexpectedOutput(let tool, let text):
      "\(tool) returned an unexpected result: \(text)"
    }
  }
}
