import Foundation
import SystemPackage
import TestSupport
import Testing

/// Hostile files in the outputs, and settings that lead to other directories.
@Suite(.serialized) struct HostileOutputTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
    try set("")
  }

  /// Writes settings. The image has no extra space, because no test needs it.
  private func set(_ settings: String) throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nextra_space = 0\n" + settings)
  }

  @Test(arguments: [
    ("ln -s /etc/shadow \"$EIB_OUTDIR\"/x", "x: is a symbolic link, not a regular file"),
    ("mkfifo \"$EIB_OUTDIR\"/x", "x: is a named pipe, not a regular file"),
    ("mknod \"$EIB_OUTDIR\"/x c 1 5", "x: is a device, not a regular file"),
    ("touch \"$EIB_OUTDIR\"/$'x\\n0000  y'", "x\\u{a}0000  y: has a name with control characters"),
    ("touch \"$EIB_OUTDIR\"/$'x\\xff'", "cannot be examined"),
  ])
  func whatIsNoPlainFileInTheOutputsIsRefused(command: String, message: String) throws {
    try checkout.addHook("image", "50-trap", command + "\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "the manifest stage failed: the outputs do not verify", message)
    #expect(
      try Shell.run("find '\(checkout.published)' -name SHA256SUMS 2>/dev/null || true").output
        == "")
  }

  @Test(arguments: [
    ("echo '[1, 2]'", "is not a JSON object: its top level is not an object"),
    ("head -c 1000000 /dev/zero | tr '\\0' '['", "its values are nested more than 64 deep"),
    ("head -c 100M /dev/zero | tr '\\0' '['", "more than the 16777216 bytes that are accepted"),
    ("printf '{\"a\": '; head -c 200000 /dev/zero | tr '\\0' '['", "nested more than 64 deep"),
  ])
  func aFragmentThatIsNoSmallObjectIsRefused(command: String, message: String) throws {
    try checkout.addHook(
      "manifest", "50-trap", "set +x; (\(command)) >\"$EIB_MANIFESTDIR\"/trap.json\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "the manifest fragment", "trap.json", message)
  }

  @Test(arguments: [
    ("ostree", "os = ../../../etc"), ("ostree", "os = a/b"), ("build", "outversion = ../x"),
    ("build", "outversion = a\u{0}b"), ("ostree", "os = \u{0}"), ("image", "hooks = ../../x"),
    ("ostree", "remote = ../x"), ("ostree", "ref = ../../x"), ("publish", "hooks = a\u{0}b"),
    ("ostree", "trusted_keys = /a\u{0}b"), ("ostree", "ref_deploy = ../../../x"),
  ])
  func aSettingThatLeadsElsewhereIsRefused(section: String, setting: String) throws {
    try set(section == "image" ? "\(setting)\n" : "[\(section)]\n\(setting)\n")
    let outcome = try checkout.build()
    #expect([2, 65, 69].contains(outcome.status), "\(outcome.errors)")
    #expect(outcome.errors.contains("error: ") || outcome.errors.contains("image-builder: "))
    let option = setting.prefix { $0 != " " }
    #expect(
      outcome.errors.contains("\(section):\(option)") || outcome.errors.contains("nvalid"),
      "\(outcome.errors)")
    #expect(
      try Shell.run("find '\(checkout.published)' -name SHA256SUMS 2>/dev/null || true").output
        == "")
  }

  @Test func hooksInTheDeploymentAreShutIn() throws {
    let server = try HTTPServer(checkout.fixture.directory)
    let port = server.url.split(separator: ":").last!
    let script = """
      if cat '\(checkout.system)/config.ini'; then echo seen >&2; exit 1; fi
      (exec 3<>/dev/tcp/127.0.0.1/\(port)) && echo connected || echo alone
      for process in /proc/[0-9]*; do [ "$process" = /proc/1 ] || echo "$process"; done | wc -l
      [ -e /dev/null ] && [ ! -e /dev/kmsg ]
      [ -d /tmp/eos-image-builder/src/hooks ]; touch /tmp/eos-image-builder/hook-was-here
      sleep 1019 &

      """
    try checkout.addHook("image", "50-look.chroot", script)
    try checkout.addHook(
      "image", "60-look", "chroot \"$OSTREE_DEPLOYMENT\" bash -ex -c \(quoted(script))\n")
    let outcome = try checkout.build()
    #expect(outcome.status == 0, "\(outcome.errors)")
    for hook in ["image/50-look.chroot", "image/60-look"] {
      #expect(outcome.errors.contains("\(hook): alone\n"), "\(outcome.errors)")
      #expect(outcome.errors.contains(" left running: "))
    }
    #expect(!outcome.errors.contains(": connected\n"))
    #expect(checkout.fixture.exists("cache/hook-was-here"))
    try set("chroot_network = true\n")
    let connected = try checkout.build()
    #expect(connected.status == 0, "\(connected.errors)")
    for hook in ["image/50-look.chroot", "image/60-look"] {
      #expect(connected.errors.contains("\(hook): connected\n"), "\(connected.errors)")
    }
    #expect(try Shell.run("pgrep -f '^sleep 101[9]$' || true").output.isEmpty)
  }

  private func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
