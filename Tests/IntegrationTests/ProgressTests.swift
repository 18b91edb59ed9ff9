import Foundation
import SystemPackage
import TestSupport
import Testing

/// The progress that a build shows to programs and on a terminal.
@Suite(.serialized) struct ProgressTests {
  private let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.fixture.write("etc/private.ini", "[vault]\nword = hushed-4711\n", mode: 0o600)
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nextra_space = 16M\n")
    try checkout.addHook(
      "ostree", "50-words",
      #"""
      echo "Warning: $EIB_VAULT_WORD is short"
      printf '\e[31mred\e[0m words %s\n' {01..30}
      env; printf 'x%.0s' {1..65600}; echo
      dd if=/dev/zero of="$EIB_TMPDIR/zeros" bs=1M count=3
      sleep 1.3

      """#)
  }

  /// Returns the objects that a build writes. Each line must be an object.
  private func events(_ outcome: Outcome) throws -> [[String: Any]] {
    try outcome.lines.map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(object as? [String: Any], "\(line)")
    }
  }

  @Test func programsAreToldEachStepAndTheResult() throws {
    let outcome = try checkout.build(["--progress", "json", "--dry-run"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let events = try events(outcome)
    #expect(events.allSatisfy { $0["schema"] as? Int == 1 && $0["time"] is String })
    func all(_ event: String) -> [[String: Any]] {
      events.filter { $0["event"] as? String == event }
    }
    let steps = all("begin").compactMap { $0["step"] as? String }
    #expect(Set(steps).count == steps.count && steps.count >= 12)
    #expect(Set(all("end").compactMap { $0["step"] as? String }) == Set(steps))
    #expect(all("end").allSatisfy { $0["succeeded"] as? Bool == true })
    let stages = all("end").filter { $0["level"] as? String == "stage" }
    #expect(
      stages.compactMap { $0["name"] as? String }
        == ["ostree", "image", "manifest", "check", "publish"])
    let hook = try #require(all("end").first { $0["name"] as? String == "ostree/50-words" })
    #expect(try #require(hook["seconds"] as? Double) > 1.3)
    #expect(hook["written_bytes"] is NSNull)
    let image = try #require(all("end").first { $0["name"] as? String == "disk image" })
    #expect(try #require(image["written_bytes"] as? Int) >= 3 << 20)
    #expect(
      all("warning").map { $0["text"] as? String }.contains(
        "ostree/50-words: Warning: <private> is short"))
    #expect(events.first?["event"] as? String == "build")
    #expect(events.last?["event"] as? String == "result")
    #expect(events.last?["status"] as? Int == 0 && events.last?["cause"] is NSNull)
    #expect(events.last?["failure"] is NSNull)
    #expect(!outcome.output.contains("hushed"))
    // The log is the same as without `--progress`, and hooks cannot imitate a stage.
    #expect(outcome.errors.contains(" ostree/50-words: finished in "))
    #expect(!outcome.errors.contains("STEP_MARK"))
    let table = #/ +ostree/50-words +\d\.\d s\n(.*\n)*.* +disk image +\d\.\d s +\d+\.\d MB\n/#
    #expect(try table.firstMatch(in: outcome.errors) != nil, "\(outcome.errors.suffix(2000))")
  }

  @Test func theCauseOfAFailureIsTheResult() throws {
    try checkout.addHook("ostree", "90-fail", "echo \"no $EIB_VAULT_WORD\"; false\n")
    let events = checkout.fixture.path("events")
    let outcome = try Shell.start(
      "/bin/bash",
      ["-c", #"exec "$@" 7>"$0""#, events.string]
        + checkout.command(["--progress", "json", "--progress-fd", "7"]))
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    let last = try #require(try checkout.fixture.text("events").split(separator: "\n").last)
    let result = try #require(
      try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    #expect(result["status"] as? Int == 2)
    let cause = try #require(result["cause"] as? String)
    #expect(cause.contains("the hook ostree/90-fail"))
    #expect(cause.contains("\n    no <private>\n"))
    let failure = try #require(result["failure"] as? [String: Any])
    #expect(
      failure["stage"] as? String == "ostree" && failure["hook"] as? String == "ostree/90-fail")
    #expect(failure["status"] as? Int == 1 && failure["signal"] is NSNull)
    #expect((failure["last_lines"] as? [String])?.contains("no <private>") == true)
    // The first stage is not resumed but run again.
    let resume = try #require(failure["resume"] as? String)
    #expect(resume == checkout.command().joined(separator: " "))
  }

  @Test(arguments: [
    ["--progress", "json", "--progress-fd", "99"], ["--progress", "json", "--progress-fd", "2"],
    ["--progress", "json", "--progress-fd", "0"], ["--progress-fd", "1"], ["--progress", "loud"],
  ])
  func whatCannotBeShownIsRefused(options: [String]) throws {
    let outcome = try checkout.build(options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--progress"))
  }

  @Test func aBuildGoesOnWhenNobodyReads() throws {
    let command = checkout.command(["--progress", "json", "--stages", "ostree"]).joined(
      separator: " ")
    try Shell.run(
      "set +e +o pipefail; \(command) 2>&1 | head -n 1; exit \"${PIPESTATUS[0]}\"")
    #expect(try log().contains(" built test-master-amd64"))
  }

  /// Runs a program on a terminal of 60 columns and 20 rows, and copies its output.
  private static let terminal = """
    import fcntl, os, pty, struct, sys, termios
    process, terminal = pty.fork()
    if process == 0:
      fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 60, 0, 0))
      os.execv(sys.argv[1], sys.argv[1:])
    try:
      while data := os.read(terminal, 65536): sys.stdout.buffer.write(data)
    except OSError: pass  # which is how Linux tells that the terminal's last program ended
    sys.stdout.flush()
    os._exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) % 256)
    """

  private func terminal(
    _ options: [String] = [], terminalType: String = "xterm"
  ) throws -> Outcome {
    try Shell.start(
      "/usr/bin/env",
      ["python3", "-c", Self.terminal]
        + checkout.command(["--stages", "ostree"] + options),
      environment: ["TERM": terminalType])
  }

  @Test func aTerminalShowsStepsAndEndsWithTheTable() throws {
    let outcome = try terminal()
    try #require(outcome.status == 0, "\(outcome.output)")
    let screen = Screen(outcome.output)
    #expect(screen.widestRedrawn <= 60)
    #expect(screen.seen.contains { $0.hasPrefix("> ") && $0.contains("ostree/50-words  ") })
    let lines = screen.lines
    #expect(lines.contains { $0.hasPrefix("building test-master-amd64") })
    #expect(lines.contains("ostree/50-words: Warning: <private> is short"))
    #expect(lines.contains { $0.contains(#/^ +\d\.\d s  ostree/50-words$/#) })
    #expect(!lines.contains { $0.hasPrefix(">") || $0.contains("red words") })
    let table = try #require(lines.firstIndex { $0.hasPrefix("ostree  ") })
    #expect(lines[table...].contains { $0.contains(#/^total +\d+\.\d s$/#) })
    #expect(try log().contains(" ostree/50-words: \u{1B}[31mred\u{1B}[0m words 30\n"))
  }

  private static let variant = "test-master-amd64-amd64-base"

  private func log() throws -> String {
    try checkout.fixture.text("cache/build/\(Self.variant)/build.txt")
  }

  @Test func onATerminalTheCauseIsTheLastThing() throws {
    try checkout.addHook("ostree", "90-fail", "echo before it failed; ls /nowhere\n")
    let outcome = try terminal()
    #expect(outcome.status == 2)
    let lines = Screen(outcome.output).lines
    #expect(lines.contains { $0.contains(#/^! +\d\.\d s  ostree/90-fail  failed/#) })
    let error = try #require(lines.firstIndex { $0.hasPrefix("error: the ostree stage failed: ") })
    let told = lines[error...].joined(separator: "\n")
    #expect(
      told.contains(
        "    before it failed\n    ++ 90-fail:1: ls /nowhere\n    ls: cannot access '/nowhere'"))
    #expect(!lines[..<error].contains { $0.contains("/nowhere") })
    #expect(lines.last == "  the whole log is \(checkout.cache)/build/\(Self.variant)/build.txt")
  }

  @Test func debuggingShowsAllLines() throws {
    let lines = Screen(try terminal(["--debug"]).output).lines
    #expect(lines.contains("ostree/50-words: red words 30"))
  }

  @Test(arguments: [(["--progress", "plain"], "xterm"), ([], "dumb")])
  func elsewhereThereAreLines(options: [String], terminalType: String) throws {
    let outcome = try terminal(options, terminalType: terminalType)
    #expect(outcome.status == 0)
    #expect(!outcome.output.contains("\u{1B}[J"))
    #expect(outcome.output.contains(#/\d\d:\d\d:\d\d ostree/50-words: finished in/#))
  }
}

/// A terminal that supports text, newlines, and the sequences for "cursor up" and "erase below".
private struct Screen {
  /// The final content of the screen.
  private(set) var lines: [String] = [""]
  /// All lines that were ever on the screen.
  private(set) var seen: Set<String> = []
  /// The width of the widest line that was erased.
  private(set) var widestRedrawn = 0

  init(_ output: String) {
    var row = 0
    var rest = output.replacing("\r\n", with: "\n")[...]
    while let character = rest.first {
      if character == "\u{1B}", let up = rest.prefixMatch(of: #/\u{1B}\[(\d+)A/#),
        let count = Int(up.1)
      {
        row -= count
        rest = rest[up.range.upperBound...]
      } else if rest.hasPrefix("\u{1B}[J") {
        widestRedrawn = max(widestRedrawn, lines[row...].map(\.count).max() ?? 0)
        lines = lines[..<row] + [""]
        rest = rest.dropFirst(3)
      } else {
        if character == "\n" {
          seen.insert(lines[row])
          row += 1
          if row == lines.count { lines.append("") }
        } else if character != "\r" {
          lines[row].append(character)
        }
        rest = rest.dropFirst()
      }
    }
    if lines.last == "" { lines.removeLast() }
  }
}
