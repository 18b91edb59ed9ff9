import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Update and rollback: the default image, booted in QEMU, pulls a new commit from an HTTP server
/// on this host.
@Suite(.serialized) struct UpdateTests {
  /// `gpt/uefi`, or the value of IMAGE_BUILDER_UPDATE_COMBINATIONS. `make test-update` sets all
  /// combinations.
  static let combinations =
    (ProcessInfo.processInfo.environment["IMAGE_BUILDER_UPDATE_COMBINATIONS"] ?? "gpt/uefi")
    .split(separator: " ").map(String.init)

  @Test(arguments: combinations) func updatesAndGoesBack(combination: String) async throws {
    let parts = combination.split(separator: "/").map(String.init)
    try #require(parts.count == 2)
    let firmware = try #require(Firmware(rawValue: parts[1]))
    let fixture = try Fixture()
    let served = try fixture.makeDirectory("repository")
    let server = try HTTPServer(served)
    let port = try #require(server.url.split(separator: ":").last)
    // Images with a dos partition table support one firmware only, so that such images are tested
    // too.
    let image = try DefaultImage(
      in: "update-test-\(parts[0])-\(parts[1])",
      moreImageSettings: """
        partition_table = \(parts[0])
        firmware = \(parts[0] == "dos" ? firmware.rawValue : "uefi bios")
        """,
      moreBootTestSettings: """
        firmware = \(firmware.rawValue)
        [ostree]
        deploy_url = http://10.0.2.2:\(port)
        """)
    let update = try PublishedUpdate(fixture, repository: served)
    try #require(update.old.commit == image.commit)

    let boot = try #require(image.record.machines.first)
    let hardware = try MachineHardware(
      image: image.raw, firmware: firmware, acceleration: boot.acceleration, hasNetwork: true,
      diskSizeInBytes: 4 << 30)
    let system = try UpdatedSystem(hardware, image: image)

    try await system.expectBoot(update.old, first: update.old)
    // The tree has no keys, so the remote has those that verified the pull.
    try await system.rootRuns("ls /sysroot/ostree/repo/eos.trustedkeys.gpg")
    try await system.rootRuns("echo edited > /etc/update-test; echo kept > /var/lib/update-test")
    // The root filesystem has grown to the size of the disk, and has enough space for an update.
    let size = try await system.rootRuns("stat -f --format '%b %S' /sysroot").split(separator: " ")
      .compactMap { Int($0) }
    #expect(size.count == 2 && size[0] * size[1] > 3 << 30, "\(size)")
    let refusal = try await system.rootRuns("! ostree admin rollback 2>&1")
    #expect(refusal.contains("there is no other system to go back to"), "\(refusal)")
    try await system.rootRuns("ostree admin upgrade")
    try await system.expectDefault(update.new)

    // The new system is the default one. It has the changes of /etc, and shares /var.
    let menu = try await system.reboot()
    #expect(menu.contains(update.new.title) && menu.contains(update.old.title), "\(menu)")
    try await system.expectBoot(update.new, first: update.new)
    #expect(try await system.rootRuns("cat /usr/share/update-test") == "new")
    #expect(
      try await system.rootRuns("cat /etc/update-test /var/lib/update-test") == "edited\nkept")

    // The old system can be selected in the menu.
    try await system.reboot(choosing: .second)
    try await system.expectBoot(update.old, first: update.new)
    #expect(
      try await system.rootRuns("cat /etc/update-test /var/lib/update-test") == "edited\nkept")
    let absent = try await system.machine.run("test -e /usr/share/update-test")
    #expect(absent.status == 1)

    // The old system becomes the default one, and the new one is kept.
    try await system.rootRuns("ostree admin rollback")
    try await system.reboot()
    try await system.expectBoot(update.old, first: update.old)
    #expect(
      try await system.rootRuns("cat /etc/update-test /var/lib/update-test") == "edited\nkept")
    try await system.rootRuns("ostree admin rollback")
    try await system.expectDefault(update.new)
    try await system.powerOff()
  }

  /// The remote of this image has no keys, because those in the tree verify its commit.
  @Test func updatesAreVerifiedWithTheKeysOfTheTree() async throws {
    let fixture = try Fixture()
    let served = try fixture.makeDirectory("repository")
    let server = try HTTPServer(served)
    let port = try #require(server.url.split(separator: ":").last)
    let tree = try Fixture()
    let image = try DefaultImage(
      in: "update-test-keys",
      moreBootTestSettings: "[ostree]\ndeploy_url = http://10.0.2.2:\(port)",
      makeTree: { try PublishedUpdate.makeTreeWithKey(tree) })
    let update = try PublishedUpdate(
      fixture, repository: served, of: tree.path("tree-with-key"))
    try #require(update.old.commit == image.commit)
    // Emulation works everywhere, and this image was not booted with anything else.
    let hardware = try MachineHardware(
      image: image.raw, firmware: .uefi, acceleration: .tcg, hasNetwork: true,
      diskSizeInBytes: 4 << 30)
    let system = try UpdatedSystem(hardware, image: image)
    try await system.expectBoot(update.old, first: update.old)
    try await system.rootRuns("! ls /sysroot/ostree/repo/*.trustedkeys.gpg")
    try await system.rootRuns("ostree admin upgrade")
    try await system.expectDefault(update.new)
    try await system.powerOff()
  }
}
