import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Images with defects that only a boot can find. `BootGateTests` has the others, and the commonest of these.
@Suite(.serialized) struct BootDefectTests {
  private let site: GateSite

  init() throws {
    site = try GateSite()
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
    try site.expectRefusal(ConsoleFailure.bootLoader.rawValue, "vmlinuz")
  }

  @Test func anImageWithAnotherRootIsRefused() throws {
    try site.addHook(
      "image", "90-other-root",
      """
      sed -i 's/root=LABEL=ostree/root=LABEL=nosuch rd.retry=20/' \\
        "$EIB_OSTREE_CHECKOUT"/boot/loader/entries/*.conf
      """)
    try site.expectRefusal(ConsoleFailure.initramfsTimeout.rawValue, "/dev/disk/by-label/nosuch")
  }

  /// Simulates a boot loader that starts another deployment than its entry names.
  @Test func anImageThatReportsAnotherCommitIsRefused() throws {
    let other = String(repeating: "f0", count: 32)
    try site.addHook(
      "image", "90-other-commit",
      #"sed -i '/^printf/i commit=\#(other)' "$OSTREE_DEPLOYMENT/etc/image-builder/boot-report""#)
    try site.expectRefusal("the booted commit is \(other), not ", "which the manifest names")
  }
}
