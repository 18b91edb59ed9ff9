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
    try machine.copyVariables()
  }

  deinit { _ = try? Shell.run("rm -r '\(directory)'") }
}
