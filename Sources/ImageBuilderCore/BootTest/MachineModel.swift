import Configuration
import SystemPackage

/// The machine that QEMU has for an architecture, and what the host needs for it.
struct MachineModel: Sendable, Equatable {
  let arch: Architecture

  var emulator: RequiredTool {
    RequiredTool(
      name: arch.emulator.program, package: arch.emulator.package,
      purpose: "boot the image before it is published (boot_test:enable)")
  }
  /// QEMU's name of the machine.
  var type: String { arch.emulator.machine }
  /// Devices that the machine does not have by itself.
  var devices: [String] { arch.emulator.devices }
  var firmware: [Firmware] { arch.firmware }
  var uefiCode: FilePath { FilePath(arch.emulator.firmwareCode) }
  var uefiVariables: FilePath { FilePath(arch.emulator.firmwareVariables) }

  /// Checks that the host has the emulator and the firmware.
  ///
  /// - Throws: `MissingTool`, `BootTestError.missingFirmware`.
  func check(_ wanted: [Firmware]) throws {
    _ = try emulator.find()
    guard wanted.contains(.uefi) else { return }
    for file in [uefiCode, uefiVariables] where !Directories.exists(file) {
      throw BootTestError.missingFirmware(file, package: arch.emulator.firmwarePackage)
    }
  }
}
