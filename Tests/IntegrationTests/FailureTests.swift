import Foundation
import SystemPackage
import TestSupport
import Testing

/// The page that reports the failure of a build.
@Suite(.serialized) struct FailureTests {
  private static let variant = "test-master-amd64-amd64-base"
  private static let page = "cache/build/\(variant)/failure.txt"

  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.fixture.write("etc/private.ini", "[vault]\nword = hushed-4711\n", mode: 0o600)
    try checkout.addHook(
      "error", "10-look",
      "cp \"$EIB_TMPDIR/failure.txt\" \"$EIB_CACHEDIR/seen\"; echo \"status $EIB_STATUS\"\n")
  }

  private func page() throws -> String { try checkout.fixture.text(Self.page) }

  /// Expects that the terminal shows the page last and once, and that the error hooks saw it.
  private func expectPage(
    of outcome: Outcome, location: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let page = try page()
    let lines = page.split(separator: "\n").map(String.init)
    #expect(lines.count <= 41, "\(page)", sourceLocation: location)
    let shown = outcome.errors.split(separator: "\n").map { String($0.dropFirst(9)) }
    #expect(shown.suffix(lines.count) == lines[...], "\(outcome.errors)", sourceLocation: location)
    let head = try #require(lines.first)
    #expect(head.hasPrefix("error: "), sourceLocation: location)
    #expect(
      outcome.errors.components(separatedBy: head.dropFirst("error: ".count)).count == 2,
      "\(outcome.errors)", sourceLocation: location)
    #expect(try checkout.fixture.text("cache/seen") == page, sourceLocation: location)
    #expect(!page.contains("hushed"), sourceLocation: location)
    let files = try Shell.run("grep -rl hushed '\(checkout.cache)/build' || true").lines
    #expect(
      files.allSatisfy { $0.hasSuffix("/fullconfig.ini") }, "\(files)", sourceLocation: location)
    return lines
  }

  /// The command that a page says to go on with.
  private func resume(_ lines: [String]) throws -> String {
    let index = try #require(lines.firstIndex(of: "  to go on, when the cause is removed:"))
    return lines[index + 1].trimmingCharacters(in: .whitespaces)
  }

  @Test func thePageNamesTheHookTheCauseTheStepsAndHowToGoOn() throws {
    try checkout.addHook(
      "manifest", "50-bad",
      "for number in {1..50}; do echo \"$number\"; done\necho \"$EIB_VAULT_WORD\"\n"
        + "curl -sS http://nothing.invalid/\n")
    let outcome = try checkout.build(["--build-version", "7"])
    let hook = "\(checkout.directory)/hooks/manifest/50-bad"
    try checkout.expectFailure(
      outcome, 2, "the hook manifest/50-bad (\(hook)) ended with status 6; its last lines:",
      "error/10-look: status 2")
    let lines = try expectPage(of: outcome)
    #expect(lines.contains("    <private>"))
    #expect(lines.contains("  the build is test-master-amd64-amd64.7.base"))
    #expect(lines.contains("    curl: (6) Could not resolve host: nothing.invalid"))
    #expect(lines.contains { $0.hasPrefix("  cause: the name of a host was not found; ") })
    for step in [
      #/ {4}ostree +\d+\.\d s/#, #/ {4}image +\d+\.\d s/#, #/ {4}manifest +\d+\.\d s +failed/#,
      #/ {8}manifest\/50-bad +\d+\.\d s +failed/#,
    ] { #expect(lines.contains { $0.wholeMatch(of: step) != nil }, "\(lines)") }
    let command = try resume(lines)
    #expect(
      command
        == (checkout.command().prefix(1) + ["--from-stage", "manifest"]
        + checkout.command().dropFirst() + ["--build-version", "7"]).joined(separator: " "))
    try checkout.fixture.write("checkout/hooks/manifest/50-bad", "true\n")
    let next = try Shell.start("/bin/bash", ["-c", command])
    #expect(next.status == 0, "\(next.errors)")
    #expect(!next.errors.contains(" ostree: "))
    #expect(!checkout.fixture.exists(Self.page))
  }

  @Test func aBuildOfSomeStagesGoesOnWithTheRest() throws {
    try checkout.addHook("image", "50-bad", "false\n")
    let outcome = try checkout.build(
      ["--stages=ostree,image,manifest", "--refresh-tree"],
      environment: ["SOURCE_DATE_EPOCH": "1700000000"])
    let lines = try expectPage(of: outcome)
    let command = try resume(lines)
    #expect(
      command.hasPrefix(
        "SOURCE_DATE_EPOCH=1700000000 \(checkout.command()[0]) --stages image,manifest "))
    #expect(!command.contains("refresh"))
    try checkout.fixture.write("checkout/hooks/image/50-bad", "true\n")
    let next = try Shell.start("/bin/bash", ["-c", command])
    #expect(next.status == 0, "\(next.errors)")
    let left = try Shell.run("ls -A '\(checkout.cache)/build/\(Self.variant)/stages'").lines
    #expect(!left.contains { $0.hasPrefix("failure") || $0 == "steps" }, "\(left)")
  }

  @Test func aStageThatIsKilledIsReported() throws {
    try checkout.addHook("image", "50-kill", "kill -KILL \"$PPID\"; sleep 60\n")
    let outcome = try checkout.build()
    #expect(outcome.status == 2)
    let lines = try expectPage(of: outcome)
    #expect(lines[0] == "error: the image stage failed: it was ended by signal 9", "\(lines)")
    #expect(lines.contains { $0.hasPrefix("  cause: signal 9 (SIGKILL) ended a program.") })
    #expect(lines.contains { $0.contains(#/^ {8}image\/50-kill +\d+\.\d s +had not ended$/#) })
    #expect(try resume(lines).contains(" --from-stage image "))
  }

  @Test func aCommandOfTheBuildScriptIsReportedWithItsLastLines() throws {
    try Shell.run("echo 'ls /nowhere' >>'\(checkout.directory)/buildscript'")
    let outcome = try checkout.build()
    let lines = try expectPage(of: outcome)
    #expect(lines[0] == "error: /bin/bash \(checkout.directory)/buildscript")
    #expect(lines[1] == "  ended with status 2; its last lines:")
    #expect(lines.contains("    ls: cannot access '/nowhere': No such file or directory"))
    // Nothing is left to do.
    #expect(!lines.contains { $0.contains("to go on") })
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func anEndedBuildHasAPageToo(signal: Int32) throws {
    try checkout.addHook("image", "50-wait", "touch \"$EIB_CACHEDIR/waiting\"; sleep 1000\n")
    let program = try checkout.start()
    try checkout.waitForMark("waiting", of: program)
    program.send(signal)
    let outcome = program.wait()
    #expect(outcome.status == 128 + signal)
    let lines = try expectPage(of: outcome)
    #expect(
      lines[0].hasPrefix("error: the image stage failed: it was ended by signal "), "\(lines)")
    #expect(try resume(lines).contains(" --from-stage image "))
  }

  @Test func aLongMessageIsCutOnThePageAndNotInTheLog() throws {
    try checkout.addHook(
      "manifest", "50-links",
      "for number in {1..40}; do ln -s x \"$EIB_OUTDIR/link$number\"; done\n")
    let lines = try expectPage(of: try checkout.build())
    #expect(lines[0].hasPrefix("error: the manifest stage failed: the outputs do not verify:"))
    #expect(lines.contains { $0.contains(#/^    and \d+ more lines, which are in the log$/#) })
    let log = try checkout.fixture.text("cache/build/\(Self.variant)/build.txt")
    for number in 1...40 {
      #expect(log.contains("link\(number) ") || log.contains("link\(number):"))
    }
  }
}
