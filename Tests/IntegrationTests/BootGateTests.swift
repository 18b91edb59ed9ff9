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

  @Test func anImageWithoutAKernelIsRefused() throws {
    try site.addHook("image", "90-no-kernel", #"rm "$EIB_OSTREE_CHECKOUT"/boot/ostree/*/vmlinuz-*"#)
    try site.expectNoBoot("lacks the kernel /ostree/eos-")
  }

  @Test func anImageWithAFailingUnitIsRefused() throws {
    try site.addHook(
      "image", "90-failing-unit",
      """
      units=$OSTREE_DEPLOYMENT/etc/systemd/system
      printf '[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' >"$units/broken.service"
      ln -s ../broken.service "$units/multi-user.target.wants/broken.service"
      """)
    try site.expectRefusal("the system is not up, but degraded; failed: broken.service", "[FAILED]")
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
    try site.expectNoBoot("boots commit \(other) (")
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
}
