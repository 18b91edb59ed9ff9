import Foundation
import SystemPackage
import TestSupport
import Testing

/// Private values appear in the environment of hooks only, whatever hooks do with them.
@Suite(.serialized) struct SecretTests {
  /// The names of the secrets. Each secret begins with `hushed-` and its name.
  private static let names = ["system", "local", "checkout", "declared"]
  private static let groups = [
    "ostree", "content", "image", "manifest", "check", "publish", "error",
  ]

  private let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
    let fixture = checkout.fixture
    func section(_ name: String) -> String {
      "[vault]\n\(name) = hushed-\(name)-word it's \"4711\"+/?é\n"
    }
    try fixture.write("etc/private.ini", section("system"), mode: 0o600)
    try fixture.write("local/config/private.ini", section("local"), mode: 0o600)
    try fixture.write("checkout/config/private.ini", section("checkout"), mode: 0o600)
    try fixture.write("checkout/config/schema.ini", "[vault]\ndeclared_secret = true\n")
    try fixture.write(
      "checkout/config/defaults.ini",
      section("declared") + "address = https://user:${system}@host.invalid/\n")
    for group in Self.groups {
      try checkout.addHook(group, "50-shell", Self.shellHook + Self.pythonCall)
      try checkout.addHook(group, "60-python", Self.pythonHook, mode: 0o755)
    }
    try checkout.addHook("image", "70-inside.chroot", Self.shellHook)
    try checkout.addHook("content", "70-inside.chroot", Self.shellHook)
  }

  /// Bash traces each line of the hook. The last line is longer than a read buffer, and contains
  /// secrets at many positions relative to the end of the buffer.
  private static let shellHook = #"""
    for name in SYSTEM LOCAL CHECKOUT DECLARED ADDRESS; do
      variable=EIB_VAULT_$name
      value=${!variable}
      [ "${#value}" -ge 30 ]
      echo "$name is $value"
      base64 <<<"$value"
      printf 'user:%s' "$value" | base64 -w 0
      encoded=${value//\"/%22}
      echo "?key=${encoded// /%20}"
      [[ unknown == "$value" ]] || printf '%q\n' "$value"
    done
    printf -v gap '%*s' 37 ''
    line=$EIB_VAULT_LOCAL${gap// /x}
    for _ in {1..12}; do line+=$line; done
    echo "${#line} characters: $line"

    """#

  private static let pythonCall = #"""
    python3 -c 'import os, urllib.parse as parse
    for name, value in os.environ.items():
      if name.startswith("EIB_VAULT_"): print(parse.quote(value), parse.quote_plus(value))'

    """#

  private static let pythonHook = """
    #!/usr/bin/python3
    import base64, json, os, urllib.parse
    for name in ("SYSTEM", "LOCAL", "CHECKOUT", "DECLARED", "ADDRESS"):
      value = os.environ["EIB_VAULT_" + name]
      encoded = value.encode()
      print(value, repr(value), json.dumps({"key": value}))
      print(urllib.parse.quote(value, safe=""), urllib.parse.urlencode({"key": value}))
      print("".join(f"%{byte:02x}" for byte in encoded))
      for user in (b"", b"u", b"us", b"user:"):
        print(base64.b64encode(user + encoded).decode())
        print(base64.urlsafe_b64encode(user + encoded + b"@host").decode())
      print(("x" * 30011 + value) * 7)

    """

  /// Texts that are in the output if a part of a secret is: the distinctive part of each secret,
  /// plain and encoded independently of the program.
  private static let traces: [String] =
    ["hushed-", "\"4711"]
    + names.flatMap { name -> [String] in
      let word = "hushed-\(name)-word"
      let percent = word.utf8.map { "%" + String($0, radix: 16) }.joined()
      let escaped = word.map { "\\\($0)" }.joined()
      let encoded = (0..<3).map { shift in
        let text = Data(repeating: 0, count: shift) + Data(word.utf8)
        let complete = text.count / 3 * 4
        return String(text.base64EncodedString().prefix(complete).dropFirst(shift == 0 ? 0 : 4))
      }
      return [word, percent, percent.uppercased(), escaped] + encoded
    }

  private func expectNoTraces(
    of outcome: Outcome, location: SourceLocation = #_sourceLocation
  ) throws {
    try checkout.fixture.write("terminal", outcome.output + outcome.errors)
    let list = try checkout.fixture.write("traces", Self.traces.joined(separator: "\n") + "\n")
    let found = try Shell.run(
      """
      cd '\(checkout.fixture.directory)'; mkdir -p published
      grep -rlaF --exclude=fullconfig.ini -f '\(list)' terminal cache published || [ $? = 1 ]
      """)
    #expect(found.output == "", sourceLocation: location)
  }

  /// Runs a build while a sampler reads the command lines.
  private func observedBuild() throws -> (Outcome, CommandLineSampler.Findings) {
    let sampler = CommandLineSampler(
      for: Self.traces, expecting: "\(checkout.directory)/hooks/image/50-shell")
    let outcome = try checkout.build(
      ["--localdir", checkout.fixture.path("local").string, "--build-version", "1"])
    return (outcome, sampler.stop())
  }

  private func expectClean(
    _ findings: CommandLineSampler.Findings, location: SourceLocation = #_sourceLocation
  ) {
    #expect(findings.leaks.isEmpty, sourceLocation: location)
    #expect(findings.rounds > 100, sourceLocation: location)
    #expect(!findings.expected.isEmpty, sourceLocation: location)
  }

  /// Expects that all hooks of the groups ran and printed their lines.
  private func expectShown(_ outcome: Outcome, by groups: [String]) {
    let lines = outcome.errors.split(separator: "\n")
    for group in groups {
      for text in [
        "50-shell: SYSTEM is <private>", "50-shell: ADDRESS is <private>",
        "50-shell: ?key=<private>", "60-python: <private>",
      ] {
        #expect(lines.contains { $0.contains(" \(group)/\(text)") }, "\(group): \(text)")
      }
    }
  }

  @Test func aBuildThatSucceedsShowsNoSecret() throws {
    let (outcome, findings) = try observedBuild()
    try #require(outcome.status == 0, "\(outcome.errors.suffix(4000))")
    try expectNoTraces(of: outcome)
    expectClean(findings)
    expectShown(outcome, by: Self.groups.filter { $0 != "error" })
    #expect(outcome.errors.contains("image/70-inside.chroot: DECLARED is <private>"))
    let configuration = try Shell.run("cat '\(checkout.publishedDirectory())'/*.config.ini").output
    #expect(configuration.contains("declared = <private>\n"))
    #expect(configuration.contains("address = https://user:${system}@host.invalid/\n"))
  }

  @Test func aBuildThatFailsShowsNoSecret() throws {
    try checkout.addHook("check", "90-fail", Self.shellHook + "echo \"$value\"; exit 1\n")
    let (outcome, findings) = try observedBuild()
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("check/90-fail"))
    #expect(outcome.errors.contains("ended with status 1; its last lines:\n"))
    try expectNoTraces(of: outcome)
    expectClean(findings)
    expectShown(outcome, by: Self.groups.filter { $0 != "publish" })
    let files = try Shell.run("find '\(checkout.cache)' -name fullconfig.ini -printf '%m %p\\n'")
    #expect(files.lines.count == 1 && files.output.hasPrefix("600 "), "\(files.output)")
    let log = try Shell.run("find '\(checkout.cache)' -name build.txt -size +100k").lines
    #expect(log.count == 1)
  }

  /// Error messages also contain the rest of such a value.
  @Test func aValueThatCannotBeExpandedIsPrivateAsItIsWritten() throws {
    let trace = "hushed-unfinished-word"
    try checkout.fixture.write(
      "etc/private.ini", "[vault]\nbroken = \(trace) ${nosuch}\n", mode: 0o600)
    try checkout.fixture.write(
      "checkout/config/local.ini", "[ostree]\nurl = \(trace)\n")
    for options in [[], ["--check"], ["--show-config"]] {
      let outcome = try checkout.build(options)
      #expect(!(outcome.output + outcome.errors).contains(trace) || options == ["--show-config"])
      #expect(options == ["--show-config"] || outcome.status == 65, "\(outcome.errors)")
    }
  }

  @Test func whatIsShownOfTheConfigurationHoldsNoSecret() throws {
    for options in [
      ["--show-config"], ["--show-config", "--resolved"], ["--show-env"], ["--show-env", "--json"],
      ["--show-config", "--resolved", "--json"],
    ] {
      let outcome = try checkout.build(
        options + ["--localdir", checkout.fixture.path("local").string])
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("<private>"))
      try expectNoTraces(of: outcome)
      let complete = try checkout.build(
        options + ["--private", "--localdir", checkout.fixture.path("local").string])
      for name in Self.names {
        #expect(complete.output.contains("hushed-\(name)-word"))
      }
    }
  }
}
