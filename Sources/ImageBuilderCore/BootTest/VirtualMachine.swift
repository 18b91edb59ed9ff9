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

    fileprivate func arguments(_ arch: Architecture) -> [String] {
      switch self {
      case .kvm: ["-accel", "kvm", "-cpu", "host"]
      case .tcg: ["-accel", "tcg,thread=multi", "-cpu", arch.emulator.translatedProcessor]
      }
    }
  }

  /// How a machine has the image that it starts from.
  enum Medium: Sendable {
    case disk
    case cd
    case usbStick
    /// The network card's iPXE loads a script by HTTP. The files are those of the script's
    /// directory. `server` is the helper `answer-http`.
    case network(server: FilePath)
  }

  let model: MachineModel
  let firmware: Firmware
  let acceleration: Acceleration
  let memoryInBytes: UInt64
  /// The image or overlay that is used as the disk, or the script of iPXE.
  let disk: FilePath
  /// QEMU's name of the image format.
  var diskFormat = "raw"
  /// A further disk, of the same format.
  var secondDisk: FilePath?
  var medium = Medium.disk
  /// Whether writes of the machine are stored in the disk file.
  var isDiskWritten = false
  /// Whether the machine can reach the host (as 10.0.2.2) and the network.
  var hasNetwork = false
  /// The machine's writable copy of the UEFI variables.
  let variables: FilePath

  /// The arguments that every use of the machine needs.
  var arguments: [String] {
    var arguments = ["-machine", model.type] + acceleration.arguments(model.arch)
    arguments += ["-smp", "2", "-m", "size=\(memoryInBytes)B", "-nodefaults", "-vga"]
    arguments += [model.devices.isEmpty ? "std" : "none"] + model.devices
    arguments += ["-display", "none", "-boot", "strict=on"]
    arguments += network + drive
    if firmware == .uefi {
      if model.hasSecureBoot {
        arguments += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
      }
      let code = optionValue(model.uefiCode.string)
      arguments += [
        "-drive", "if=pflash,format=raw,readonly=on,file=\(code)",
        "-drive", "if=pflash,format=raw,file=\(optionValue(variables.string))",
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

  private var network: [String] {
    let card = "user,id=net,restrict=\(hasNetwork ? "off" : "on")"
    guard case .network(let server) = medium else {
      // Without an option ROM, the card cannot be used for booting.
      return ["-netdev", card, "-device", "virtio-net-pci,netdev=net,romfile="]
    }
    let name = percentEncoded(path: disk.lastComponent?.string ?? "")
    let command = [server, disk.removingLastComponent()].map { shellQuoted($0.string) }
      .joined(separator: " ")
    return [
      "-netdev",
      "\(card),bootfile=\(optionValue("http://\(Self.server)/\(name)")),"
        + "guestfwd=\(optionValue("tcp:\(Self.server):80-cmd:\(command)"))",
      "-device", "virtio-net-pci,netdev=net,bootindex=0",
    ]
  }

  /// The address at which the machine reaches the files of a script, also without a network.
  private static let server = "10.0.2.100"

  private var drive: [String] {
    let drive = drive(disk, "disk")
    switch medium {
    case .disk:
      let second = secondDisk.map {
        self.drive($0, "disk2") + ["-device", "virtio-blk-pci,drive=disk2"]
      }
      return drive + ["-device", "virtio-blk-pci,drive=disk,bootindex=0"] + (second ?? [])
    case .cd: return drive + ["-device", "ide-cd,drive=disk,bootindex=0"]
    case .usbStick:
      return drive + [
        "-device", "qemu-xhci", "-device", "usb-storage,drive=disk,removable=on,bootindex=0",
      ]
    case .network: return []
    }
  }

  private func drive(_ file: FilePath, _ id: String) -> [String] {
    let snapshot = isDiskWritten ? "off" : "on"
    return [
      "-drive",
      "file=\(optionValue(file.string)),format=\(diskFormat),snapshot=\(snapshot),cache=unsafe,"
        + "if=none,id=\(id)",
    ]
  }

  /// A value in a QEMU option, where commas must be doubled.
  private func optionValue(_ value: String) -> String {
    value.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
