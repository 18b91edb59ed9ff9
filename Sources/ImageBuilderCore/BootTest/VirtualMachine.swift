import Configuration
import Glibc
import SystemPackage

/// A virtual machine as QEMU is told of it: two processors, a disk, a network card, and a
/// screen.
struct VirtualMachine: Sendable {
  /// How QEMU runs the machine's instructions.
  enum Acceleration: String, Sendable, Codable {
    /// By the host's processor.
    case kvm
    /// By translation, many times slower.
    case tcg

    /// What can be expected of a host. Where a machine is virtual itself, /dev/kvm proves nothing.
    static func promised(arch: Architecture) -> Acceleration {
      let isNative = Architecture.host?.runs(arch) == true
      return isNative && access("/dev/kvm", R_OK | W_OK) == 0 ? .kvm : .tcg
    }

    fileprivate var arguments: [String] {
      switch self {
      case .kvm: ["-accel", "kvm", "-cpu", "host"]
      case .tcg: ["-accel", "tcg,thread=multi", "-cpu", "max"]
      }
    }
  }

  let model: MachineModel
  let firmware: Firmware
  let acceleration: Acceleration
  let memoryInBytes: UInt64
  /// The image or overlay that is the disk.
  let disk: FilePath
  /// QEMU's name of the disk's format.
  var diskFormat = "raw"
  /// Whether what the machine writes stays in the disk's file.
  var isDiskWritten = false
  /// Whether its network card reaches this host (as 10.0.2.2) and beyond.
  var hasNetwork = false
  /// The copy of the firmware's variables that the machine may write to.
  let variables: FilePath

  /// The arguments that every use of the machine has.
  var arguments: [String] {
    var arguments = ["-machine", model.type] + acceleration.arguments
    arguments += ["-smp", "2", "-m", "size=\(memoryInBytes)B", "-nodefaults", "-vga"]
    arguments += [model.devices.isEmpty ? "std" : "none"] + model.devices
    arguments += ["-display", "none", "-boot", "strict=on"]
    // Without its own program the card boots nothing.
    arguments += ["-netdev", "user,id=net,restrict=\(hasNetwork ? "off" : "on")"]
    arguments += ["-device", "virtio-net-pci,netdev=net,romfile="]
    let snapshot = isDiskWritten ? "off" : "on"
    let file = "file=\(optionValue(disk)),format=\(diskFormat),snapshot=\(snapshot),cache=unsafe"
    arguments += ["-drive", "\(file),if=none,id=disk"]
    arguments += ["-device", "virtio-blk-pci,drive=disk,bootindex=0"]
    if firmware == .uefi {
      let code = optionValue(model.uefiCode)
      arguments += [
        "-drive", "if=pflash,format=raw,readonly=on,file=\(code)",
        "-drive", "if=pflash,format=raw,file=\(optionValue(variables))",
      ]
    }
    return arguments
  }

  /// Makes the machine's own copy of the firmware's variables.
  ///
  /// - Throws: `LinuxError`.
  func copyVariables() throws {
    if firmware == .uefi { try FileAccess.copy(model.uefiVariables, to: variables) }
  }

  /// A path inside an option of QEMU's, where a comma ends a value.
  private func optionValue(_ path: FilePath) -> String {
    path.string.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
