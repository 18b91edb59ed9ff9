import Configuration
import SystemPackage

/// The QEMU machine for an architecture, and what it requires on the host.
struct MachineModel: Sendable, Equatable {
  let arch: Architecture
  /// Whether the UEFI starts only what Microsoft has signed.
  var hasSecureBoot = false

  var emulator: RequiredTool {
    RequiredTool(
      name: arch.emulator.program, package: arch.emulator.package,
      purpose: "boot the image before it is published (boot_test:enable)")
  }
  /// QEMU's name of the machine type.
  var type: String { arch.emulator.machine + (hasSecureBoot ? ",smm=on" : "") }
  /// Devices that must be added to the machine type.
  var devices: [String] { arch.emulator.devices }
  var firmware: [Firmware] { arch.firmware }
  var uefiCode: FilePath { FilePath(uefi.code) }
  var uefiVariables: FilePath { FilePath(uefi.variables) }

  private var uefi: Architecture.UEFIFiles {
    (hasSecureBoot ? arch.emulator.secureBoot : nil) ?? arch.emulator.uefi
  }

  /// Checks that the emulator and the firmware are installed.
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
