import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// What live media take from a deployment, and trees that lack some of it.
@Suite struct LiveSystemTests {
  private static let entry = """
    title Test
    version 1
    options root=LABEL=ostree rw ostree=/ostree/boot.1/test/abc/0 a="b c"
    linux /ostree/test-abc/vmlinuz-6.1
    initrd /ostree/test-abc/initramfs-6.1.img
    """
  private let fixture: Fixture
  private let root: DeploymentRoot
  private let plan = DiskPlan(.gpt, arch: .amd64, marksRootForGrowth: true)

  init() throws {
    fixture = try Fixture()
    root = DeploymentRoot(
      Deployment(stateroot: "test", checksum: "0", name: "0.0", relativePath: "tree"),
      sysroot: fixture.directory)
    try Shell.run(
      """
      cd '\(fixture.directory)'
      mkdir -p boot/ostree/test-abc tree/usr/lib/{grub/live,modules/6.1} tree/etc
      echo kernel >boot/ostree/test-abc/vmlinuz-6.1
      echo initramfs >boot/ostree/test-abc/initramfs-6.1.img
      echo 1 >tree/usr/lib/modules/6.1/live-image
      echo VERSION=1.2 >tree/etc/os-release
      touch tree/usr/lib/grub/live/{BOOTX64.EFI,eltorito.img,boot_hybrid.img}
      """)
  }

  private func collect(
    _ formats: [any LiveFormat.Type] = [ISOImage.self], entry: String = entry,
    plan: DiskPlan? = nil
  ) throws -> LiveSystem {
    try LiveSystem(
      of: root, sysroot: fixture.directory, BootEntry(entry, isEscaped: false), plan ?? self.plan,
      for: formats, to: fixture.path("live"))
  }

  private func expectRefusal(
    _ damage: String, _ words: String..., formats: [any LiveFormat.Type] = [ISOImage.self],
    entry: String = entry, location: SourceLocation = #_sourceLocation
  ) throws {
    try Shell.run("cd '\(fixture.directory)'; \(damage)")
    do {
      _ = try collect(formats, entry: entry)
      Issue.record("accepted after: \(damage)", sourceLocation: location)
    } catch let error as LiveSystemError {
      #expect(error.exitStatus == .dataError, sourceLocation: location)
      for word in words {
        #expect("\(error)".contains(word), "\(error)", sourceLocation: location)
      }
    }
  }

  @Test func theSystemIsThatOfTheBootLoaderEntry() throws {
    let system = try collect()
    #expect(system.arguments == ["rw", "ostree=/ostree/boot.1/test/abc/0", "a=\"b c\""])
    #expect(system.version == "1.2")
    #expect(try FileAccess.text(of: system.kernel) == "kernel\n")
    // Other archives follow it.
    #expect(try FileAccess.text(of: system.initramfs) == "initramfs\n\0\0")
    #expect(system.file(.efi) != nil && system.file(.eltorito) != nil)
  }

  @Test func aTreeWithoutTheDracutModuleIsRefused() throws {
    try expectRefusal(
      "rm tree/usr/lib/modules/6.1/live-image", "image:iso is true", "90live-image",
      "usr/lib/modules/6.1/live-image", "set image:iso to false")
    try expectRefusal(
      "true", "image:iso and image:netboot are true",
      formats: [ISOImage.self, NetbootImage.self])
    try expectRefusal(
      "echo 2 >tree/usr/lib/modules/6.1/live-image", "is \"2\"", "images of version 1")
  }

  @Test func aTreeWithoutGRUBForMediaIsRefusedForISOOnly() throws {
    try expectRefusal(
      "rm -r tree/usr/lib/grub/live", "lacks GRUB for live media", "usr/lib/grub/live/BOOTX64.EFI",
      "usr/lib/grub/live/eltorito.img", "usr/lib/grub/live/boot_hybrid.img")
    #expect(try collect([NetbootImage.self]).file(.efi) == nil)
  }

  @Test func onlyTheFirmwareOfTheImageNeedsParts() throws {
    try Shell.run("rm '\(fixture.directory)'/tree/usr/lib/grub/live/*.img")
    let uefi = DiskPlan(.gpt, firmware: [.uefi], arch: .amd64, marksRootForGrowth: true)
    #expect(try collect(plan: uefi).file(.eltorito) == nil)
  }

  @Test func anEntryWithoutKernelOrInitramfsIsRefused() throws {
    try expectRefusal("true", "no boot loader entry", entry: "title x\n")
    try expectRefusal(
      "true", "no boot loader entry", entry: "linux /ostree/x/kernel\ninitrd /ostree/x/i\n")
  }

  /// A link in the tree must not make a file of the host a part of the medium.
  @Test func filesOfTheHostAreNotTaken() throws {
    try Shell.run(
      """
      cd '\(fixture.directory)'
      rm boot/ostree/test-abc/vmlinuz-6.1
      ln -s /etc/hostname boot/ostree/test-abc/vmlinuz-6.1
      """)
    #expect(throws: TreeError.self) { try collect() }
    try Shell.run(
      """
      cd '\(fixture.directory)'
      rm boot/ostree/test-abc/vmlinuz-6.1
      mkfifo boot/ostree/test-abc/vmlinuz-6.1
      """)
    #expect(throws: TreeError.self) { try collect() }
  }
}
