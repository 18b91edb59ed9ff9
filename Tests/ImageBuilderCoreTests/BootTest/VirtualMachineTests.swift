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

  @Test func secureBootHasFirmwareWithKeys() {
    var secure = machine(.uefi)
    #expect(!secure.arguments.contains { $0.contains("smm=on") || $0.contains("secboot") })
    secure = VirtualMachine(
      model: MachineModel(arch: .amd64, hasSecureBoot: true), firmware: .uefi, acceleration: .tcg,
      memoryInBytes: 1 << 30, disk: "/x/image.raw", variables: "/x/variables.fd")
    #expect(secure.arguments.contains("q35,graphics=off,smm=on"))
    #expect(secure.arguments.contains { $0.contains("OVMF_CODE_4M.secboot.fd") })
    #expect(secure.model.uefiVariables == "/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
  }

  @Test func aSecondDiskIsNotStartedFrom() {
    var machine = machine(.bios)
    machine.secondDisk = "/x/disk2.qcow2"
    machine.diskFormat = "qcow2"
    let drives = machine.arguments.filter { $0.hasPrefix("file=") }
    #expect(drives.count == 2 && drives[1].hasPrefix("file=/x/disk2.qcow2,format=qcow2,"))
    #expect(drives.allSatisfy { $0.contains(",snapshot=on") })
    #expect(machine.arguments.contains("virtio-blk-pci,drive=disk2"))
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

  @Test func mediaAreDevicesThatTheFirmwareStartsFrom() {
    var machine = machine(.bios)
    machine.medium = .cd
    #expect(machine.arguments.contains("ide-cd,drive=disk,bootindex=0"))
    machine.medium = .usbStick
    #expect(machine.arguments.contains("usb-storage,drive=disk,removable=on,bootindex=0"))
  }

  /// The machine has no network but the helper, whose path is quoted for QEMU and its shell syntax.
  @Test func aNetworkBootReachesOneDirectoryOnly() {
    var machine = machine(.uefi, disk: "/x/a b,c/v 1.ipxe")
    machine.medium = .network(server: "/x/it's/answer-http")
    let card = machine.arguments.first { $0.hasPrefix("user,") }
    #expect(
      card == "user,id=net,restrict=on,bootfile=http://10.0.2.100/v%201.ipxe,"
        + #"guestfwd=tcp:10.0.2.100:80-cmd:'/x/it'\''s/answer-http' '/x/a b,,c'"#)
    #expect(!machine.arguments.contains { $0.contains("if=none,id=disk") })
  }

  @Test(arguments: [
    ("GET /script.ipxe HTTP/1.1", "200 OK"), ("HEAD /script.ipxe HTTP/1.1", "200 OK"),
    ("GET /../secret HTTP/1.1", "404"), ("GET /%2e%2e%2fsecret HTTP/1.1", "404"),
    ("GET //secret HTTP/1.1", "404"), ("GET /.hidden HTTP/1.1", "404"),
    ("GET /link HTTP/1.1", "404"), ("GET /fifo HTTP/1.1", "404"), ("GET / HTTP/1.1", "404"),
    ("GET /a%00b HTTP/1.1", "404"), ("PUT /script.ipxe HTTP/1.1", "400"), ("nonsense", "400"),
    ("", "400"),
  ])
  func theHelperAnswersWithFilesOfItsDirectory(request: String, status: String) throws {
    let fixture = try Fixture()
    try Shell.run(
      """
      cd '\(fixture.directory)'
      echo 'a secret' >secret
      mkdir files
      cd files
      echo script >script.ipxe
      echo 'a secret' >.hidden
      ln -s ../secret link
      mkfifo fifo
      """)
    let helper = Checkout.directory.appending("helpers/answer-http")
    let answer = try Shell.run(
      "printf '%s\\r\\nHost: x\\r\\n\\r\\n' '\(request)' |"
        + " '\(helper)' '\(fixture.path("files"))'"
    ).output
    #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(answer)")
    #expect(answer.contains("script\n") == request.hasPrefix("GET /script"), "\(answer)")
    #expect(!answer.contains("secret"))
  }
}
