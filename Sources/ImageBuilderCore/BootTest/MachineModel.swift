import SystemPackage

/// The machine that QEMU has for an architecture, and what the host needs for it.
struct MachineModel: Sendable, Equatable {
  let emulator: RequiredTool
  /// QEMU's name of the machine. Without graphics SeaBIOS speaks on the serial port, too.
  let type: String
  /// Devices that the machine does not have by itself.
  let devices: [String]
  let firmware: [Firmware]
  let uefiCode: FilePath
  let uefiVariables: FilePath
  let uefiPackage: String

  /// The machine of a Debian architecture.
  init(arch: String) {
    let purpose = "boot the image before it is published (boot_test:enable)"
    if arch == "arm64" {
      emulator = RequiredTool(
        name: "qemu-system-aarch64", package: "qemu-system-arm", purpose: purpose)
      type = "virt"
      devices = ["-device", "ramfb"]
      firmware = [.uefi]
      uefiCode = "/usr/share/AAVMF/AAVMF_CODE.fd"
      uefiVariables = "/usr/share/AAVMF/AAVMF_VARS.fd"
      uefiPackage = "qemu-efi-aarch64"
    } else {
      emulator = RequiredTool(
        name: "qemu-system-x86_64", package: "qemu-system-x86", purpose: purpose)
      type = "q35,graphics=off"
      devices = []
      firmware = [.uefi, .bios]
      uefiCode = "/usr/share/OVMF/OVMF_CODE_4M.fd"
      uefiVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd"
      uefiPackage = "ovmf"
    }
  }

  /// Checks that the host has the emulator and the firmware.
  ///
  /// - Throws: `BuildError.missingTool`, `.missingFirmware`.
  func check(_ wanted: [Firmware]) throws {
    _ = try emulator.find()
    guard wanted.contains(.uefi) else { return }
    for file in [uefiCode, uefiVariables] where !BuildDirectories.exists(file) {
      throw BuildError.missingFirmware(file, package: uefiPackage)
    }
  }
}
