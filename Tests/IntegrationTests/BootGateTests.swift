import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Images of the embedded tree with defects, which the boot test before publishing must refuse.
@Suite(.serialized) struct BootGateTests {
  private let site: GateSite

  init() throws {
    site = try GateSite()
  }

  @Test func anImageThatBootsIsPublishedWithItsConsoleAndScreen() throws {
    // The boot report shows that the kernel gets these.
    site.settings =
      "[image]\nkernel_args_add = ds=a;s=b $$c|d \"foo=e  f\" foo=1 rw\n"
    let outcome = try site.build()
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("boot test (bios): up in "))
    let published = FilePath(try Shell.run("ls -d '\(site.published)'/eos/*/*/*/*/*").lines[0])
    let files = try GateFiles(in: published)
    let record = try #require(files.record)
    #expect(record.machines.map(\.firmware) == [.bios] && record.skipped == nil)
    #expect(record.machines.allSatisfy { $0.result == .passed && $0.evidence == .report })
    #expect(files.showsScreen)
    #expect(files.console.contains("Linux version "))
    #expect(!files.console.contains("\u{1B}"))
    let checksums = try Shell.run("cat '\(published)'/SHA256SUMS").output
    #expect(!checksums.contains("console") && !checksums.contains("screen"))
    let verification = try Shell.start(
      BuiltProgram.path.string, ["--verify", published.string, "--sysconfdir", "/"])
    #expect(verification.status == 0, "\(verification.errors)")
  }

  @Test func anImageWithoutAKernelIsRefused() throws {
    try site.addHook("image", "90-no-kernel", #"rm "$EIB_OSTREE_CHECKOUT"/boot/ostree/*/vmlinuz-*"#)
    try expectNoBoot("lacks the kernel /ostree/eos-")
  }

  @Test func anImageWithAKernelThatIsNoneIsRefused() throws {
    try site.addHook(
      "image", "90-no-kernel",
      """
      for kernel in "$EIB_OSTREE_CHECKOUT"/boot/ostree/*/vmlinuz-*; do
        rm "$kernel"
        echo 'no kernel' >"$kernel"
      done
      """)
    try expectRefusal(ConsoleFailure.bootLoader.rawValue, "vmlinuz")
  }

  @Test func anImageWithAnotherRootIsRefused() throws {
    try site.addHook(
      "image", "90-other-root",
      """
      sed -i 's/root=LABEL=ostree/root=LABEL=nosuch rd.retry=20/' \\
        "$EIB_OSTREE_CHECKOUT"/boot/loader/entries/*.conf
      """)
    try expectRefusal(ConsoleFailure.initramfsTimeout.rawValue, "/dev/disk/by-label/nosuch")
  }

  @Test func anImageWithAFailingUnitIsRefused() throws {
    try site.addHook(
      "image", "90-failing-unit",
      """
      units=$OSTREE_DEPLOYMENT/etc/systemd/system
      printf '[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' >"$units/broken.service"
      ln -s ../broken.service "$units/multi-user.target.wants/broken.service"
      """)
    try expectRefusal("the system is not up, but degraded; failed: broken.service", "[FAILED]")
  }

  /// The boot loader entry names another deployment than the manifest.
  @Test func anImageThatBootsAnotherCommitIsRefused() throws {
    let other = String(repeating: "f0", count: 32)
    try site.addHook(
      "content", "90-other-deployment",
      """
      other=${OSTREE_DEPLOYMENT%/*}/\(other).0
      cp -al "$OSTREE_DEPLOYMENT" "$other"
      for link in "$EIB_OSTREE_CHECKOUT"/ostree/boot.?.?/eos/*/0; do
        ln -sfn "../../../deploy/eos/deploy/\(other).0" "$link"
      done
      """)
    try site.addHook(
      "image", "90-other-etc",
      """
      other=${OSTREE_DEPLOYMENT%/*}/\(other).0
      rm -r "$other/etc"
      cp -a "$OSTREE_DEPLOYMENT/etc" "$other/etc"
      """)
    try expectNoBoot("boots commit \(other) (")
  }

  /// Simulates a boot loader that starts another deployment than its entry names.
  @Test func anImageThatReportsAnotherCommitIsRefused() throws {
    let other = String(repeating: "f0", count: 32)
    try site.addHook(
      "image", "90-other-commit",
      #"sed -i '/^printf/i commit=\#(other)' "$OSTREE_DEPLOYMENT/etc/image-builder/boot-report""#)
    try expectRefusal("the booted commit is \(other), not ", "which the manifest names")
  }

  @Test func nothingIsPublishedWhenTheCheckWasLeftOut() throws {
    let outcome = try site.build(["--stages", "ostree,image,manifest,publish"])
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("records no boot, so the check stage was left out"))
    #expect(try site.isNothingPublished)
  }

  @Test func aBootThatWasLeftOutIsRecorded() throws {
    let outcome = try site.build(["--no-boot-test"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let check = FilePath(
      try Shell.run("ls '\(site.published)'/eos/*/*/*/*/*/*.check.json").lines[0])
    #expect(BootRecord(in: check)?.skipped == .flag)
  }

  /// Expects that a build fails with `finding`, without a boot.
  private func expectNoBoot(
    _ finding: String, location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try site.build()
    #expect(outcome.status == 2, "\(outcome.errors)", sourceLocation: location)
    #expect(outcome.errors.contains(finding), "\(outcome.errors)", sourceLocation: location)
    #expect(!outcome.errors.contains("boot test"), "\(outcome.errors)", sourceLocation: location)
    #expect(try site.isNothingPublished, sourceLocation: location)
  }

  /// Expects that a build fails with `reason`, and keeps what is needed to find the cause.
  private func expectRefusal(
    _ reason: String, _ line: String, location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try site.build()
    let told = outcome.errors.components(separatedBy: "the image does not boot (bios): ").last ?? ""
    #expect(outcome.status == 2, "\(outcome.errors)", sourceLocation: location)
    #expect(told.hasPrefix(reason), "\(outcome.errors)", sourceLocation: location)
    #expect(told.contains(line), "\(outcome.errors)", sourceLocation: location)
    #expect(try site.isNothingPublished, sourceLocation: location)
    let files = try GateFiles(in: site.outputDirectory)
    let machine = try #require(files.record?.machines.first, sourceLocation: location)
    #expect(machine.result == .failed, sourceLocation: location)
    #expect(machine.reason?.hasPrefix(reason) == true, sourceLocation: location)
    #expect(files.showsScreen && files.console != "", sourceLocation: location)
  }
}
