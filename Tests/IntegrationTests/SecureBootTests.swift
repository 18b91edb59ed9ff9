import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// One image that starts with Secure Boot and has a second disk, because each boot takes a minute.
@Suite(.serialized) struct SecureBootTests {
  private static let arguments = #"ds=a;s=b $$c|d "foo=e  f" foo=1 rw"#

  private static let secureImage = Result {
    try DefaultImage(
      in: "secure-boot-test",
      moreImageSettings: """
        secure_boot = true
        second_disk = true
        qcow2 = true
        extra_space = 256M
        kernel_args_add = \(arguments)
        """, moreBootTestSettings: "firmware = uefi", signsOutputs: true)
  }

  /// The boot test has compared the kernel's command line with the entry.
  @Test func anImageWithTwoDisksStartsWithSecureBoot() throws {
    let image = try Self.secureImage.get()
    let machines = image.record.machines
    #expect(machines.map(\.format) == [nil, QCOW2Image.name])
    #expect(machines.allSatisfy { $0.result == .passed && $0.secureBoot == true })
    for boot in ["uefi", "qcow2-uefi"] {
      let console = try FileAccess.text(of: image.file("console-\(boot).txt"))
      #expect(console.contains("secureboot: Secure boot enabled"), "\(console)")
      #expect(console.contains("Kernel is locked down from EFI Secure Boot"))
    }
    let log = try FileAccess.text(of: image.file("build.txt"))
    #expect(log.contains("no failed unit, Secure Boot on"))
  }

  /// Without Secure Boot, which the signed programs do not need.
  @Test func anImageWithoutItsSecondDiskEndsInTheEmergencyShell() async throws {
    let image = try Self.secureImage.get()
    let hardware = try MachineHardware(
      image: image.raw, firmware: .uefi,
      acceleration: try #require(image.record.machines.first).acceleration,
      diskSizeInBytes: 4 << 30)
    let fixture = try Fixture()
    let outcome = try await Boot(
      machine: hardware.machine, proof: .console("login: "), timeout: .seconds(900),
      directory: fixture.directory
    ).run()
    try FileAccess.write(outcome.transcript, to: image.transcript("without-second-disk"))
    guard case .console(.emergency, _)? = outcome.failure else {
      Issue.record("\(String(describing: outcome.failure)): \(outcome.transcript)")
      return
    }
    #expect(!outcome.transcript.contains("Secure boot enabled"))
    let line = outcome.transcript.split(separator: "\n").first { $0.contains("Timed out waiting") }
    #expect(line?.contains("/dev/disk/by-label/content") == true, "\(outcome.transcript)")
  }
}
