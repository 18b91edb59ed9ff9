import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct VirtualMachineTests {
  private func machine(
    _ firmware: Firmware, arch: Architecture = .amd64, disk: FilePath = "/x/image.raw"
  ) -> VirtualMachine {
    VirtualMachine(
      model: MachineModel(arch: arch), firmware: firmware, acceleration: .tcg,
      memoryInBytes: 1 << 30, disk: disk, variables: "/x/variables.fd")
  }

  @Test func theImageIsNotWrittenToUnasked() {
    let drives = machine(.bios).arguments.filter { $0.hasPrefix("file=") }
    #expect(drives.count == 1 && drives.allSatisfy { $0.contains(",snapshot=on") })
    var written = machine(.bios)
    written.isDiskWritten = true
    #expect(written.arguments.contains { $0.contains(",snapshot=off") })
  }

  @Test func aCommaInAPathEndsNoOption() {
    let arguments = machine(.bios, disk: "/x/a,readonly=off,b.raw").arguments
    #expect(arguments.contains { $0.hasPrefix("file=/x/a,,readonly=off,,b.raw,format=raw,") })
  }

  @Test func onlyUEFIHasFirmwareOfItsOwn() {
    func flashes(_ machine: VirtualMachine) -> [String] {
      machine.arguments.filter { $0.hasPrefix("if=pflash") }
    }
    #expect(flashes(machine(.bios)).isEmpty)
    let drives = flashes(machine(.uefi, arch: .arm64))
    #expect(drives.count == 2 && drives[0].contains("readonly=on"))
    #expect(drives[1].hasSuffix("file=/x/variables.fd"))
  }

  @Test func whatIsMissingIsToldWithItsPackage() {
    let model = MachineModel(arch: .arm64)
    let errors: [any Error] = [
      MissingTool(tool: model.emulator),
      BootTestError.missingFirmware(
        model.uefiCode, package: model.arch.emulator.firmwarePackage),
    ]
    #expect(errors.map { ExitStatus(of: $0) } == [.unavailable, .unavailable])
    #expect("\(errors[0])".hasSuffix("apt-get install qemu-system-arm"))
    #expect("\(errors[1])".hasSuffix("apt-get install qemu-efi-aarch64"))
  }

  /// The files of QEMU grow while they are read, possibly without limit.
  @Test func aFileIsFollowedUpToALimit() throws {
    let fixture = try Fixture()
    var file = FollowedFile(fixture.path("console.txt"), 10)
    #expect(try file.newBytes() == [])
    try fixture.write("console.txt", "123")
    #expect(try file.newBytes() == Array("123".utf8))
    #expect(try file.newBytes() == [] && !file.isFull)
    try fixture.write("console.txt", "1234567890abc")
    #expect(try file.newBytes() == Array("4567890".utf8))
    #expect(try file.newBytes() == [] && file.isFull)
  }
}
