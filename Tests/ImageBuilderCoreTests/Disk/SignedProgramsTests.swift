import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct SignedProgramsTests {
  /// The head of a PE program: the beginning of the PE header, and the fields that are read.
  private static func head(
    magic: UInt16 = 0x20b, directories: UInt32 = 16, signatureSize: UInt32 = 2000
  ) -> [UInt8] {
    let start = 0x80
    var head = [UInt8](repeating: 0, count: 512)
    func set(_ offset: Int, _ bytes: [UInt8]) {
      head.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
    set(0, Array("MZ".utf8))
    set(0x3c, UInt32(start).littleEndianBytes)
    set(start, Array("PE".utf8))
    set(start + 24, magic.littleEndianBytes)
    let list = start + 24 + (magic == 0x20b ? 112 : 96)
    set(list - 4, directories.littleEndianBytes)
    set(list + 36, signatureSize.littleEndianBytes)
    return head
  }

  @Test func aTableOfCertificatesIsASignature() {
    #expect(SignedPrograms.isSigned(Self.head()))
    #expect(SignedPrograms.isSigned(Self.head(magic: 0x10b)))
    #expect(!SignedPrograms.isSigned(Self.head(magic: 0x30b)))
    #expect(!SignedPrograms.isSigned(Self.head(signatureSize: 0)))
    #expect(!SignedPrograms.isSigned(Self.head(directories: 4)))
    for length in 0..<(Self.head().count) {
      _ = SignedPrograms.isSigned(Array(Self.head().prefix(length)))
    }
    var far = Self.head()
    far.replaceSubrange(0x3c..<0x40, with: [255, 255, 255, 255])
    #expect(!SignedPrograms.isSigned(far))
  }

  @Test func aTreeWithoutSignedPartsIsTold() throws {
    let fixture = try Fixture()
    let root = DeploymentRoot(in: fixture)
    let efi = root.path.appending("\(SignedPrograms.directory)/BOOT")
    let kernel = root.path.appending("usr/lib/modules/6.1/vmlinuz")
    try Shell.run("mkdir -p '\(efi)' '\(kernel.removingLastComponent())'")
    try FileAccess.write(Self.head(), to: efi.appending("BOOTX64.EFI"))
    try FileAccess.write(Self.head(signatureSize: 0), to: kernel)
    var plan = DiskPlan(.gpt, arch: .amd64, marksRootForGrowth: true)
    try plan.checkBootFiles(of: root)
    plan.hasSecureBoot = true
    let error = #expect(throws: DiskError.self) { try plan.checkBootFiles(of: root) }
    #expect(error?.exitStatus == .dataError)
    let text = error?.description ?? ""
    #expect(text.contains("secure-boot/EFI/BOOT/grubx64.efi is missing"), "\(text)")
    #expect(text.contains("usr/lib/modules/6.1/vmlinuz has no signature"), "\(text)")
    #expect(text.contains("shim-signed") && !text.contains("BOOTX64.EFI"), "\(text)")
    try FileAccess.write(Self.head(), to: kernel)
    try FileAccess.write(Self.head(), to: efi.appending("grubx64.efi"))
    try plan.checkBootFiles(of: root)
  }
}
