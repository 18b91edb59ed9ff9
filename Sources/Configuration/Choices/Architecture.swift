import Glibc

/// A processor architecture that images can be built for, by its Debian name, and its names in
/// firmware, partition tables, GRUB and QEMU. A new architecture is a new case here.
package enum Architecture: String, Sendable, CaseIterable {
  case amd64, arm64, i386

  /// The names of all architectures.
  package static let names = allCases.map(\.rawValue)

  /// The `machine` fields that uname(2) returns for this architecture.
  var machineNames: [String] {
    switch self {
    case .amd64: ["x86_64"]
    case .arm64: ["aarch64"]
    case .i386: ["i386", "i486", "i586", "i686"]
    }
  }

  /// Flatpak's name of this architecture (flatpak(1), `--default-arch`).
  package var flatpakName: String { machineNames[0] }

  /// The kinds of firmware that machines of this architecture have.
  package var firmware: [Firmware] {
    self == .arm64 ? [.uefi] : Firmware.allCases
  }

  /// The partition type GUID of the root partition (Discoverable Partitions Specification).
  package var rootPartitionType: String {
    switch self {
    case .amd64: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
    case .arm64: "B921B045-1DF0-41C3-AF44-4C6F280D3FAE"
    case .i386: "44479540-F297-41B2-9AF7-D131D5F0458A"
    }
  }

  /// The file in EFI/BOOT that UEFI starts if there is no boot entry (UEFI 2.10, section 3.5.1.1);
  /// nil for i386, because such machines may have 64-bit firmware.
  package var efiBootProgram: String? {
    switch self {
    case .amd64: "BOOTX64.EFI"
    case .arm64: "BOOTAA64.EFI"
    case .i386: nil
    }
  }

  /// Whether Debian has a boot loader and a kernel that firmware with Microsoft's keys accepts, and the
  /// boot test has such firmware.
  package var hasSecureBoot: Bool { emulator.secureBoot != nil }

  /// The directory of GRUB's boot code for BIOS; nil for architectures without BIOS.
  package var grubBIOSTarget: String? {
    firmware.contains(.bios) ? "i386-pc" : nil
  }

  /// The QEMU system emulator that boots images of this architecture.
  package var emulator: Emulator {
    switch self {
    case .amd64, .i386:
      Emulator(
        program: "qemu-system-x86_64", package: "qemu-system-x86", machine: "q35,graphics=off",
        devices: [],
        uefi: UEFIFiles(
          code: "/usr/share/OVMF/OVMF_CODE_4M.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        secureBoot: self == .i386
          ? nil
          : UEFIFiles(
            code: "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd",
            variables: "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"),
        firmwarePackage: "ovmf", hasIPXE: true)
    case .arm64:
      Emulator(
        program: "qemu-system-aarch64", package: "qemu-system-arm", machine: "virt",
        devices: ["-device", "ramfb"],
        uefi: UEFIFiles(
          code: "/usr/share/AAVMF/AAVMF_CODE.fd", variables: "/usr/share/AAVMF/AAVMF_VARS.fd"),
        firmwarePackage: "qemu-efi-aarch64", translatedProcessor: "max,pauth-impdef=on")
    }
  }

  /// A QEMU system emulator, its machine type, and its UEFI firmware. The names of programs, files
  /// and packages are those of Debian.
  package struct Emulator: Sendable, Equatable {
    package let program: String
    package let package: String
    /// The argument of `-machine`. With `graphics=off`, SeaBIOS writes to the serial port too.
    package let machine: String
    /// Arguments that add devices that the machine type lacks.
    package let devices: [String]
    package let uefi: UEFIFiles
    /// UEFI that starts only programs that Microsoft has signed; nil if there is none.
    package var secureBoot: UEFIFiles?
    package let firmwarePackage: String
    /// The processor of machines whose instructions are translated. `pauth-impdef` is an algorithm of
    /// pointer authentication that QEMU translates much faster (QEMU, docs/system/arm/cpu-features.rst).
    package var translatedProcessor = "max"
    /// Whether the emulator's network cards have iPXE for this architecture (package ipxe-qemu).
    package var hasIPXE = false
  }

  /// The program of UEFI firmware, and its variables before the first start.
  package struct UEFIFiles: Sendable, Equatable {
    package let code: String
    package let variables: String
  }

  /// Returns whether processors of this architecture run programs of `other` natively.
  package func runs(_ other: Architecture) -> Bool {
    self == other || (self == .amd64 && other == .i386)
  }

  /// The architecture of the host; nil if images cannot be built for it.
  package static var host: Architecture? {
    allCases.first { $0.machineNames.contains(hostMachineName) }
  }

  /// The `machine` field that uname(2) returns on the host.
  package static var hostMachineName: String {
    var names = utsname()
    uname(&names)
    return withUnsafeBytes(of: &names.machine) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
