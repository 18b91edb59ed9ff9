import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Hooks that tell the digests of content.
@Suite struct InputProbesTests {
  private let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  private func ask(_ hooks: [String: String], _ settings: String = "") async throws -> InputProbes {
    for (name, text) in hooks { try fixture.write("local/hooks/inputs/\(name)", text) }
    try fixture.write(
      "config/defaults.ini",
      // A machine that runs all tests at once is slow.
      "[inputs]\nhook_timeout = 10m\nhooks = \(hooks.keys.joined(separator: " "))\n\(settings)")
    let configuration = try fixture.configuration()
    return try await InputProbes.ask(configuration, BuildPaths(configuration))
  }

  private func refusal(_ hooks: [String: String]) async -> String {
    do {
      return "accepted: \(try await ask(hooks).digests)"
    } catch {
      return "\(error)"
    }
  }

  @Test func linesOfAllHooksAreCollected() async throws {
    try fixture.write("etc/private.ini", "[site]\npassword = swordfish\n", mode: 0o600)
    let found = try await ask(
      [
        "50-shell":
          "echo \"apps $EIB_SITE_NAME\"; echo 'for people' >&2\n[ ! -e \"$EIB_TMPDIR\" ]\n",
        "60-python": """
        echo "$(python3 -c 'import eib, os
        print("python", eib.get_config()["site"]["name"])' 2>/dev/null || echo python none)"
        echo "both $(stat -c %a "$EIB_TMPFULLCONFIG")"; echo 'apps sha256:00'

        """,
      ], "[site]\nname = sha256:00\n")
    #expect(found.digests["apps"] == "sha256:00" && found.digests["both"] == "600")
    #expect(try InputProbes(parsing: found.text, from: "text") == found)
    #expect(!fixture.exists("cache"))
  }

  @Test(arguments: [
    "one", "one two three", "one  two", " one two", "one\ttwo", "one two ", "na\u{e9}me two",
    "one twö", "one t;wo", "\u{1b}[31mone two", "one two\r",
  ])
  func aLineThatIsNoNameAndDigestIsRefused(line: String) async throws {
    let told = await refusal(["50-a": "printf 'fine 1\\n\\n'; cat <<'END'\n\(line)\nEND\n"])
    #expect(told.hasPrefix("line 3 of the hook inputs/50-a is '"), "\(told)")
    #expect(told.contains("accepted: NAME DIGEST"))
    #expect(!told.contains("\u{1b}") && !told.contains("\r"))
  }

  @Test func contradictionsFailuresAndSecretsAreRefused() async throws {
    #expect(
      await refusal(["50-a": "echo x 1; echo x 2\n"]).hasPrefix(
        "line 2 of the hook inputs/50-a gives x another digest"))
    #expect(
      await refusal(["50-a": "echo x 1\n", "60-b": "echo x 2\n"]).hasPrefix(
        "the hook inputs/60-b gives x another digest"))
    let failed = await refusal(["50-a": "echo a cause >&2; false\n"])
    #expect(failed.contains("the hook inputs/50-a (") && failed.contains("a cause"), "\(failed)")
    let late = await refusal(["50-a": "# hook-timeout: 1s\nsleep 60\n"])
    #expect(late.contains("was ended after 1s, the limit of "), "\(late)")
    let endless = await refusal(["50-a": "head -c 3M /dev/zero | tr '\\0' x\n"])
    #expect(endless.contains("1.0 MiB") || endless.contains("1048576"), "\(endless)")
    try fixture.write("etc/private.ini", "[site]\npassword = swordfish\n", mode: 0o600)
    let secret = await refusal(["50-a": "echo x \"$EIB_SITE_PASSWORD\"\n"])
    #expect(secret.contains("inputs/50-a prints a private value") && !secret.contains("swordfish"))
  }

  @Test func aFileIsReadInTheSameWay() throws {
    let file = try fixture.write("probes", "b 2\na 1\n")
    #expect(try InputProbes.read(file).text == "a 1\nb 2\n")
    try fixture.write("probes", "b 2\nb\n")
    let error = #expect(throws: ProbeError.self) { try InputProbes.read(file) }
    #expect(error?.description.hasPrefix("line 2 of \(file) is 'b'") == true)
    #expect(throws: ProbeError.self) { try InputProbes.read("/nonexistent") }
    #expect(error?.exitStatus == .dataError)
  }
}
