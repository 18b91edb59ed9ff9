import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Live media, from which the image is installed to an empty disk.
@Suite(.serialized) struct InstallerTests {
  private static let targetSizeInBytes = 6 << 30

  /// An empty disk with something at its end, and what must be on it afterwards.
  private struct Target {
    let fixture: Fixture
    let path: FilePath

    init() throws {
      fixture = try Fixture()
      path = fixture.path("target.img")
      try Shell.run(
        """
        truncate -s \(targetSizeInBytes) '\(path)'
        printf old | dd of='\(path)' bs=1 seek=\(targetSizeInBytes - 512) conv=notrunc status=none
        """)
    }

    func expectInstalled(_ image: DefaultImage) throws {
      try Shell.run(
        """
        cmp -n "$(stat --format %s '\(image.raw)')" '\(image.raw)' '\(path)'
        test "$(tail -c 1048576 '\(path)' | tr -d '\\0' | wc -c)" = 0
        """)
    }

    func expectUntouched() throws {
      try Shell.run("test \"$(tr -d '\\0' <'\(path)')\" = old")
    }
  }

  private static let build = Result {
    try DefaultImage(
      in: "live-media",
      moreImageSettings: "extra_space = 256M\nqcow2 = true\niso = true\nnetboot = true",
      signsOutputs: true)
  }

  /// The boot test of the build has started the live system from each medium.
  @Test func everyLiveMediumBoots() throws {
    let image = try Self.build.get()
    for format in [ISOImage.name, NetbootImage.name] {
      for firmware in Firmware.allCases {
        let boot = image.record.machines.first {
          $0.format == format && $0.firmware == firmware
        }
        #expect(boot?.result == .passed, "\(format) \(firmware)")
      }
    }
  }

  /// From the menu of a CD: disks are listed, wrong answers change nothing, and the copy is the image.
  @Test func theCDInstallsToTheDiskThatTheUserNames() async throws {
    let image = try Self.build.get()
    let target = try Target()
    let hardware = try MachineHardware(
      medium: image.file("iso"), as: .cd,
      acceleration: try #require(image.record.machines.first).acceleration, disk: target.path)
    let machine = try DrivenMachine(hardware, transcript: image.transcript("installer"))
    try await machine.waitFor("Install EOS (Debian) to a disk")
    try machine.console.type("\u{1B}[B")
    try machine.console.type("\n")
    let list = try await machine.waitFor("to: ")
    #expect(list.contains("vda  6.4 GB"), "\(list)")
    #expect(list.contains("(is not a disk)"), "\(list)")
    for (answer, reply) in [
      ("sr0", "sr0 is not a disk."), ("nosuch", "There is no disk nosuch."),
      ("../vda", "There is no disk ../vda."), ("", "Disks of this computer:"),
    ] {
      try machine.console.type("\(answer)\n")
      let text = try await machine.waitFor("to: ")
      #expect(text.contains(reply), "\(text)")
    }
    try target.expectUntouched()
    try machine.console.type("/dev/vda\n")
    try await machine.waitFor("SHA-256 and signature are right", timeout: .seconds(600))
    try await machine.waitFor("press Enter to restart")
    try machine.console.type("\n")
    try await machine.waitForEnd()
    try target.expectInstalled(image)
  }

  /// From a USB stick, without questions: never to the stick itself, nor without the name of a disk.
  /// Without the second initramfs, which has the key, only the digest is compared.
  @Test func theUSBStickInstallsToTheDiskOfTheKernelArgument() async throws {
    let image = try Self.build.get()
    let target = try Target()
    let acceleration = try #require(image.record.machines.first).acceleration
    let directory = target.fixture.directory
    let label = try Shell.run(
      """
      cd '\(directory)'
      xorriso -osirrox on -indev '\(image.file("iso"))' -extract /boot boot >/dev/null 2>&1
      blkid -p -s LABEL -o value '\(image.file("iso"))'
      """
    ).lines[0]
    func start(_ argument: String, _ transcript: String) throws -> DrivenMachine {
      let hardware = try MachineHardware(
        medium: image.file("iso"), as: .usbStick, acceleration: acceleration, disk: target.path,
        kernel: (
          directory.appending("boot").appending("vmlinuz"),
          directory.appending("boot").appending("initramfs.img"),
          "console=ttyS0,115200 live.label=\(label) \(argument)"
        ))
      return try DrivenMachine(hardware, transcript: image.transcript(transcript))
    }
    for (argument, reason) in [
      ("live.install=/dev/sda", "which is the medium that this system was started from"),
      ("live.install=", "names no disk"),
    ] {
      let machine = try start(argument, "installer-refusal")
      try await machine.waitFor(reason)
      try await machine.waitFor("Press Enter to switch the computer off.")
      try machine.console.type("\n")
      try await machine.waitForEnd()
      try target.expectUntouched()
    }
    let machine = try start("live.install=/dev/vda", "installer-unattended")
    try await machine.waitFor("SHA-256 is right. The image is not signed.", timeout: .seconds(600))
    try await machine.waitForEnd()
    try target.expectInstalled(image)
  }
}
