import Configuration
import Glibc
import SystemPackage

/// The configuration of a QEMU virtual machine with two processors, a disk, a network card and a
/// screen.
struct VirtualMachine: Sendable {
  /// How QEMU executes the instructions of the machine.
  enum Acceleration: String, Sendable, Codable {
    /// On the host's processor.
    case kvm
    /// By translation, which is many times slower.
    case tcg

    /// The acceleration that the host appears to support. If the host is itself a virtual machine,
    /// the presence of /dev/kvm proves nothing.
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
  /// The image or overlay that is used as the disk.
  let disk: FilePath
  /// QEMU's name of the image format.
  var diskFormat = "raw"
  /// Whether writes of the machine are stored in the disk file.
  var isDiskWritten = false
  /// Whether the machine can reach the host (as 10.0.2.2) and the network.
  var hasNetwork = false
  /// The machine's writable copy of the UEFI variables.
  let variables: FilePath

  /// The arguments that every use of the machine needs.
  var arguments: [String] {
    var arguments = ["-machine", model.type] + acceleration.arguments
    arguments += ["-smp", "2", "-m", "size=\(memoryInBytes)B", "-nodefaults", "-vga"]
    arguments += [model.devices.isEmpty ? "std" : "none"] + model.devices
    arguments += ["-display", "none", "-boot", "strict=on"]
    // Without an option ROM, the card cannot be used for booting.
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

  /// Creates the machine's copy of the UEFI variables.
  ///
  /// - Throws: `LinuxError`.
  func copyVariables() throws {
    if firmware == .uefi { try FileAccess.copy(model.uefiVariables, to: variables) }
  }

  /// A path as the value in a QEMU option, where commas must be doubled.
  private func optionValue(_ path: FilePath) -> String {
    path.string.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
