import Foundation
import SystemPackage
import TestSupport
import Testing

/// The traces of hooks are in build.txt. They are printed only after a failure, or with `--debug`.
@Suite(.serialized) struct TraceTests {
  private static let mark = "\u{10}"

  /// Returns the lines of a log that look like traces of bash.
  private func traces(_ text: String) -> [Substring] {
    text.split(separator: "\n").filter {
      $0.prefixMatch(of: #/\d\d:\d\d:\d\d [a-z]+\/[^ ]+: \++ [^ ]*:\d+: /#) != nil
    }
  }

  /// Returns the lines of a log that a hook wrote.
  private func lines(of label: String, in text: String) -> [Substring] {
    text.split(separator: "\n").map { $0.dropFirst("00:00:00 ".count) }
      .filter { $0.hasPrefix("\(label): ") }.map { $0.dropFirst("\(label): ".count) }
  }

  @Test func aSiteThatBuildsShowsNoTrace() throws {
    let site = Checkout.directory.appending("Tests/Fixtures/site")
    let checkout = try CheckoutFixture(site: site, product: "site")
    let outcome = try checkout.build(
      ["--personality", "en", "--build-version", "1"], product: "site",
      environment: ["SITE_LEAK": "1", "http_proxy": "http://proxy.invalid"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(traces(outcome.errors).isEmpty)
    #expect(outcome.errors.contains(" image/20-site-inside.chroot: finished in "))
    let log = try checkout.fixture.text("cache/tmp/out/site-master-amd64-amd64.1.en.build.txt")
    for text in [
      "image/10-site-host: ++ 10-site-host:4: stdin=/dev/null",
      "image/20-site-inside.chroot: ++ 20-site-inside.chroot:4: ostree_names=",
      // Hooks that were started by run_hooks: one on the host and one in the deployment.
      "image/50-site-library: +++ 10-site-split:2: echo 'host split'",
      "image/50-site-library: ++ 20-site-split.chroot:2: echo 'inside split'",
    ] { #expect(log.contains(" \(text)"), "\(text) in \(log)") }
    #expect(!log.contains(Self.mark) && !outcome.errors.contains(Self.mark))
    // Only traces are missing, except for the further lines of multiline values.
    let shown = outcome.errors.split(separator: "\n").filter { $0.first?.isNumber == true }
    let traces = Set(traces(log))
    let others = log.split(separator: "\n").filter { !traces.contains($0) }
    #expect(others.filter(Set(shown).contains) == shown)
    let further = Set(others.filter { !Set(shown).contains($0) }.map { $0.dropFirst(9) })
    #expect(
      further == [
        "image/30-site-shared: boot.1.1", "image/30-site-shared: deploy",
        "image/30-site-shared: repo'", "image/50-site-library: inside split'",
      ])
  }

  private static let hook = #"""
    # What stands in front of the first line that is reported.
    for number in {1..20}; do echo "line $number"; done
    echo "+ $EIB_VAULT_WORD"
    printf '%s\n' "$EIB_VAULT_LIST" >&2
    (exit 7)

    """#

  private static let secret = "hushed-4711"

  private func failingCheckout() throws -> CheckoutFixture {
    let checkout = try CheckoutFixture()
    try checkout.fixture.write(
      "etc/private.ini", "[vault]\nword = \(Self.secret)\n", mode: 0o600)
    try checkout.fixture.write("checkout/config/local.ini", "[vault]\nlist = one\n  two\n")
    try checkout.addHook("ostree", "50-fail", Self.hook)
    return checkout
  }

  private func log(_ checkout: CheckoutFixture) throws -> String {
    try checkout.fixture.text("cache/build/test-master-amd64-amd64-base/build.txt")
  }

  @Test(arguments: [["--progress", "plain"], ["--progress", "json"]])
  func aFailureShowsTheLastLinesOfTheHookWithTraces(options: [String]) throws {
    let checkout = try failingCheckout()
    let outcome = try checkout.build(options)
    #expect(outcome.status == 2)
    let log = try log(checkout)
    let written = lines(of: "ostree/50-fail", in: log)
    #expect(written.contains("++ 50-fail:3: echo '+ <private>'"), "\(log)")
    #expect(
      lines(of: "ostree/50-fail", in: outcome.errors)
        == (1...20).map { "line \($0)" } + ["+ <private>", "one", "two"]
        + ["\(checkout.directory)/hooks/ostree/50-fail:5: a command ended with status 7"])
    let head = "the hook ostree/50-fail (\(checkout.directory)/hooks/ostree/50-fail) ended with "
    for text in [outcome.errors, log] {
      let parts = text.components(separatedBy: "\(head)status 7; its last lines:\n")
      try #require(parts.count == 2, "\(text)")
      let report = parts[1].split(separator: "\n").map { $0.dropFirst("00:00:00 ".count) }
      #expect(report.prefix(20) == written.suffix(20).map { "    \($0)" }[...])
      #expect(report[20] == "  steps:")
      #expect(report.last?.hasPrefix("  the whole log is ") == true)
      // The stage reports the failure in the log, for the error hooks.
      #expect(
        parts[0].contains(" ostree: the ostree stage failed: \(head)status 7\n") == (text == log))
      #expect(!text.contains(Self.secret) && !text.contains(Self.mark))
    }
    #expect(!outcome.output.contains(Self.secret))
  }

  @Test func debuggingShowsTheTraces() throws {
    let checkout = try failingCheckout()
    let outcome = try checkout.build(["--debug"])
    #expect(outcome.status == 2)
    let written = try lines(of: "ostree/50-fail", in: log(checkout))
    #expect(lines(of: "ostree/50-fail", in: outcome.errors) == written)
    #expect(written.contains("++ 50-fail:2: echo 'line 1'"))
    #expect(!outcome.errors.contains(Self.secret) && !outcome.errors.contains(Self.mark))
  }

  @Test func aHookThatTracesInItsOwnWayShowsIt() throws {
    let checkout = try CheckoutFixture()
    try checkout.addHook(
      "ostree", "50-own",
      "bash -xc 'echo child'\n. \"$EIB_BASELIB\"\nPS4='+ mine: '\necho hook\n")
    try checkout.addHook(
      "ostree", "60-program", "#!/bin/bash\nset -x\necho program\n", mode: 0o755)
    let outcome = try checkout.build(["--stages", "ostree"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(
      lines(of: "ostree/50-own", in: outcome.errors).dropLast()
        == ["+ echo child", "child", "++ mine: echo hook", "hook"])
    #expect(
      lines(of: "ostree/60-program", in: outcome.errors).dropLast()
        == ["+ echo program", "program"])
  }
}
