import Foundation
import SystemPackage
import TestSupport
import Testing

/// Hooks in a build: what they may do, what they leave behind, and what a failure says.
@Suite(.serialized) struct HookTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
  }

  @Test func whatHooksLeaveBehindIsToldAndRemoved() throws {
    let (outside, file) = (
      try checkout.fixture.makeDirectory("outside"), try checkout.fixture.write("one file", "")
    )
    try checkout.fixture.write(
      "checkout/config/local.ini", "[buildroot]\nmounts_add = \(outside)\n  /dev/null\n")
    try checkout.addHook(
      "content", "10-content",
      "mkdir '\(checkout.cache)/m'; mount -t tmpfs x '\(checkout.cache)/m'\n")
    try checkout.addHook(
      "image", "10-options", "set +e\nfalse\nstatus=$?\nset -e\necho \"went on after $status\"\n")
    try checkout.addHook("image", "20-host", "echo \"a program of the host\"\n", mode: 0o755)
    try checkout.addHook("image", "21-in.chroot", "echo 'a program of the tree'\n", mode: 0o755)
    try checkout.addHook(
      "image", "30-left",
      """
      mkdir "$OSTREE_VAR/a b" "$OSTREE_VAR/c"
      mount -t tmpfs none "$OSTREE_VAR/a b"; mkdir "$OSTREE_VAR/a b/below"
      mount -t tmpfs none "$OSTREE_VAR/a b/below"; touch "$OSTREE_VAR/a b/below/scratch"
      mount --bind "$OSTREE_VAR/a b" "$OSTREE_VAR/c"; mount -t tmpfs none "$OSTREE_VAR/c"
      truncate -s 1M "$EIB_TMPDIR/one.img" /tmp/two.img
      losetup -f "$EIB_TMPDIR/one.img"; losetup -f /tmp/two.img; rm /tmp/two.img

      """)
    try checkout.addHook(
      "image", "40-look",
      """
      [ -z "$(ls -A "$OSTREE_VAR/a b" "$OSTREE_VAR/c" '\(checkout.cache)/m' | grep -v :)" ]
      touch '\(outside)/written'
      if touch '\(file)' 2>/dev/null; then exit 1; fi
      echo 'options edns0' >>"$OSTREE_DEPLOYMENT/etc/resolv.conf"

      """)
    let before = try HostState(concerning: checkout.fixture.directory)
    let outcome = try checkout.build()
    try #require(outcome.status == 0, "\(outcome.errors)")
    let stateroot = "ostree-co/ostree/deploy/eos/var"
    for text in [
      "content/10-content: warning: the hook 10-content left a mount behind, which was removed: "
        + "\(checkout.cache)/m (tmpfs)",
      "image/10-options: went on after 1", "image/20-host: a program of the host",
      "image/21-in.chroot: a program of the tree", "\(stateroot)/a b (tmpfs)",
      "\(stateroot)/a b/below (tmpfs)", "\(stateroot)/c (tmpfs)", "/one.img)", "/tmp/two.img",
    ] { #expect(outcome.errors.contains(text), "\(text) in \(outcome.errors)") }
    #expect(outcome.errors.matches(of: #/warning: the hook 30-left left a mount/#).count == 4)
    #expect(outcome.errors.matches(of: #/warning: the hook 30-left left a loop/#).count == 2)
    #expect(checkout.fixture.exists("outside/written"))
    #expect(try HostState(concerning: checkout.fixture.directory) == before)
  }

  @Test func aHookThatFailsForAKnownReasonIsToldTheReason() throws {
    try checkout.addHook("image", "40-missing", "nosuch --list | sort >/dev/null\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "the hook image/40-missing", "ended with status 127",
      "hooks/image/40-missing: line 1: nosuch: command not found: this fails the hook")
    try checkout.addHook(
      "image", "30-umount", "umount -l \"$OSTREE_DEPLOYMENT/var\"\n")
    try checkout.expectFailure(
      try checkout.build(["--from-stage", "image"]), 2, "the hook image/30-umount",
      "unmounted what the build needs: ")
    try checkout.addHook("image", "20-fetch.chroot", "exec 3<>/dev/tcp/192.0.2.1/80\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "the hook image/20-fetch.chroot", "Network is unreachable",
      "programs in the deployment have no network: fetch in a host hook of the group content, "
        + "or set image:chroot_network = true")
    try checkout.addHook("image", "10-windows", "if true; then\r\n  echo two\r\nfi\r\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "the hook image/10-windows", "10-windows:1: ends in CR LF")
  }
}
