import Foundation
import Synchronization

/// How QEMU runs a machine's instructions on this host.
enum VirtualMachineAcceleration {
  private static let translation = ["-accel", "tcg,thread=multi", "-cpu", "max"]
  private static let kvm = ["-accel", "kvm", "-cpu", "host"]
  private static let probeInSeconds = 60.0
  private static let kvmWorks = Mutex<Bool?>(nil)

  /// QEMU's arguments: KVM where it really works, else translation of instructions.
  ///
  /// A device /dev/kvm proves nothing: where it is nested, QEMU may abort or no kernel may start.
  /// So the first call boots `image` as far as its kernel, which prints its version on the serial
  /// console. Later calls use that answer.
  static func arguments(image: URL) throws -> [String] {
    try kvmWorks.withLock { known in
      let works = try known ?? startsKernel(of: image)
      known = works
      return works ? kvm : translation
    }
  }

  private static func startsKernel(of image: URL) throws -> Bool {
    guard FileManager.default.isWritableFile(atPath: "/dev/kvm") else { return false }
    let printed = FileManager.default.temporaryDirectory
      .appendingPathComponent("kvm-\(UUID().uuidString).txt")
    defer { try? FileManager.default.removeItem(at: printed) }
    try Data().write(to: printed)
    let machine = Process()
    machine.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    machine.arguments =
      [
        "timeout", "--kill-after=5", "\(Int(probeInSeconds) + 10)", "qemu-system-x86_64",
        "-machine", "q35", "-m", "2048", "-smp", "2", "-display", "none", "-monitor", "none",
        "-serial", "stdio", "-nic", "none", "-no-reboot",
        "-drive", "file=\(image.path),format=raw,if=virtio,snapshot=on",
      ] + kvm
    machine.standardInput = FileHandle.nullDevice
    machine.standardOutput = try FileHandle(forWritingTo: printed)
    machine.standardError = FileHandle.nullDevice
    try machine.run()
    defer { VirtualMachine.end(machine) }
    let deadline = Date(timeIntervalSinceNow: probeInSeconds)
    while machine.isRunning, Date() < deadline {
      Thread.sleep(forTimeInterval: 0.1)
      if try Data(contentsOf: printed).range(of: Data("Linux version".utf8)) != nil { return true }
    }
    return false
  }
}
