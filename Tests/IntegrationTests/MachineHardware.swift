import Foundation
import SystemPackage
import TestSupport

@testable import Configuration
@testable import ImageBuilderCore

/// The disk of a virtual machine, and the variables of its firmware.
///
/// The image is not written to: the disk is an overlay, which may be larger.
final class MachineHardware: Sendable {
  let machine: VirtualMachine
  /// All arguments of QEMU.
  let arguments: [String]
  private let directory: FilePath

  /// - Parameters:
  ///   - image: a raw disk image.
  ///   - acceleration: the acceleration that worked in the boot test of the image.
  ///   - hasNetwork: whether the machine can reach this host as 10.0.2.2.
  ///   - diskSizeInBytes: the size of the disk.
  init(
    image: FilePath, firmware: Firmware, acceleration: VirtualMachine.Acceleration,
    hasNetwork: Bool = false, diskSizeInBytes: Int
  ) throws {
    directory = FilePath("/var/tmp/virtual-machine-\(UUID().uuidString)")
    let overlay = directory.appending("disk.qcow2")
    try Shell.run(
      """
      mkdir '\(directory)'
      qemu-img create -q -f qcow2 -b '\(image)' -F raw '\(overlay)' \(diskSizeInBytes)
      """)
    machine = VirtualMachine(
      model: MachineModel(arch: .amd64), firmware: firmware, acceleration: acceleration,
      memoryInBytes: 2 << 30, disk: overlay, diskFormat: "qcow2", isDiskWritten: true,
      hasNetwork: hasNetwork, variables: directory.appending("variables.fd"))
    arguments = machine.arguments
    try machine.copyVariables()
  }

  /// A machine with a medium that it can start from, and an empty disk, which is `vda`.
  ///
  /// - Parameters:
  ///   - medium: an ISO image.
  ///   - kind: how the machine has it.
  ///   - disk: the file of the disk.
  ///   - kernel: what QEMU starts in place of the medium's boot loader.
  init(
    medium: FilePath, as kind: VirtualMachine.Medium, firmware: Firmware = .bios,
    acceleration: VirtualMachine.Acceleration, disk: FilePath,
    kernel: (kernel: FilePath, initramfs: FilePath, arguments: String)? = nil
  ) throws {
    directory = FilePath("/var/tmp/virtual-machine-\(UUID().uuidString)")
    try Shell.run("mkdir '\(directory)'")
    machine = VirtualMachine(
      model: MachineModel(arch: .amd64), firmware: firmware, acceleration: acceleration,
      memoryInBytes: 1 << 30, disk: medium, medium: kind,
      variables: directory.appending("variables.fd"))
    var arguments = machine.arguments
    if let kernel {
      // A kernel is the first to be started, too, and two devices cannot be.
      arguments = arguments.map { $0.replacingOccurrences(of: ",bootindex=0", with: "") }
      arguments += [
        "-kernel", kernel.kernel.string, "-initrd", kernel.initramfs.string,
        "-append", kernel.arguments,
      ]
    }
    self.arguments =
      arguments + [
        "-drive", "file=\(disk),format=raw,if=none,id=target,cache=unsafe",
        "-device", "virtio-blk-pci,drive=target",
      ]
    try machine.copyVariables()
  }

  /// A machine without disks that starts from the network: the files of a directory, at 10.0.2.100.
  ///
  /// - Parameter script: the script of iPXE.
  init(script: FilePath, acceleration: VirtualMachine.Acceleration) throws {
    directory = FilePath("/var/tmp/virtual-machine-\(UUID().uuidString)")
    try Shell.run("mkdir '\(directory)'")
    let server = Checkout.directory.appending("helpers").appending("answer-http")
    machine = VirtualMachine(
      model: MachineModel(arch: .amd64), firmware: .bios, acceleration: acceleration,
      memoryInBytes: 4 << 30, disk: script, medium: .network(server: server),
      variables: directory.appending("variables.fd"))
    arguments = machine.arguments
  }

  deinit { _ = try? Shell.run("rm -r '\(directory)'") }
}
