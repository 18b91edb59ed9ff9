import Foundation
import SystemPackage
import TestSupport
import Testing

/// Hooks and stages that do not end by themselves.
@Suite(.serialized) struct TimeLimitTests {
  /// The maximum duration of a build in which something is ended after a second or two, on a busy
  /// machine.
  private static let longestBuild = Duration.seconds(30)

  let checkout: CheckoutFixture
  private var directory: FilePath { checkout.fixture.directory }
  /// The name of the processes that must not remain.
  private var mark: String { "\(directory)/sleeper" }

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.addHook(
      "error", "90-look",
      """
      { set +x; } 2>/dev/null
      ps -eo args > "$EIB_CACHEDIR/left"
      """)
  }

  /// Expects that none of these texts is in the list of processes that the error hook wrote.
  private func expectNoProcess(
    _ texts: String..., location: SourceLocation = #_sourceLocation
  ) throws {
    let processes = try checkout.fixture.text("cache/left").split(separator: "\n")
    let left = processes.filter { process in texts.contains { process.contains($0) } }
    #expect(processes.count > 2 && left.isEmpty, "\(processes)", sourceLocation: location)
  }

  private func build(_ stages: String) throws -> Outcome {
    let clock = ContinuousClock()
    let begin = clock.now
    let outcome = try checkout.build(["--stages", stages])
    #expect(clock.now - begin < Self.longestBuild, "\(outcome.errors)")
    return outcome
  }

  struct Hung: CustomTestStringConvertible {
    let testDescription: String
    let name: String
    let text: String
    var mode = 0o644
    /// The command that the hook was running.
    let command: String
  }

  static let hooks = [
    Hung(
      testDescription: "sleeps", name: "50-hung", text: "echo last words; exec -a MARK sleep 1000",
      command: "MARK 1000"),
    Hung(
      testDescription: "ignores SIGTERM", name: "50-hung",
      text: "trap '' TERM; echo last words; (exec -a MARK sleep 1000); sleep 1000",
      command: "MARK 1000"),
    Hung(
      testDescription: "exits with 0 at SIGTERM", name: "50-hung",
      text: "trap 'exit 0' TERM; echo last words; (exec -a MARK sleep 1000)", command: "MARK 1000"),
    Hung(
      testDescription: "has a grandchild in a session of its own", name: "50-hung",
      text: """
        setsid bash -c 'trap "" TERM; setsid bash -c "exec -a MARK sleep 1000" & exit' &
        echo last words; sleep 1001
        """, command: "sleep 1001"),
    Hung(
      testDescription: "is in Python", name: "50-hung",
      text: """
        import subprocess, time
        subprocess.Popen(["MARK", "1000"], executable="/bin/sleep", start_new_session=True)
        print("last words", flush=True)
        while True: time.sleep(1)
        """, mode: 0o755, command: "MARK 1000"),
    Hung(
      testDescription: "is in the deployment", name: "50-hung.chroot",
      text: "(exec -a MARK sleep 1000) & echo last words; (exec -a MARK sleep 1001)",
      command: "MARK 1001"),
  ]

  @Test(arguments: hooks)
  func aHungHookIsEndedWithAllThatItStarted(_ hung: Hung) throws {
    let isInChroot = hung.name.hasSuffix(".chroot")
    let interpreter = hung.mode == 0o755 ? "/usr/bin/python3" : "/bin/bash"
    let group = isInChroot ? "image" : "ostree"
    let text = "#!\(interpreter)\n# hook-timeout: 2s\n" + hung.text.replacing("MARK", with: mark)
    try checkout.addHook(group, hung.name, text + "\n", mode: hung.mode)
    let outcome = try build(isInChroot ? "ostree,image" : "ostree")
    let path = "\(checkout.directory)/hooks/\(group)/\(hung.name)"
    try checkout.expectFailure(
      outcome, 2,
      "the hook \(group)/\(hung.name) (\(path)) was ended after 2s, the limit of "
        + "\(path):2, during: ", hung.command.replacing("MARK", with: mark),
      "; its last lines:\n", "    last words\n", "  if it needs longer, change that line\n")
    #expect(!outcome.errors.contains("\(hung.name): finished"), "\(outcome.errors)")
    try expectNoProcess(mark)
  }

  @Test func theGroupsOptionIsTheLimitOfHooksWithoutALine() throws {
    try checkout.writeSystemConfiguration("[error]\nhook_timeout = 1s\n")
    try checkout.fixture.write("checkout/config/local.ini", "[ostree]\nhook_timeout = 2s\n")
    try checkout.addHook("ostree", "40-slow", "# hook-timeout: 0s\nsleep 2.5\n")
    try checkout.addHook("ostree", "50-hung", "sleep 1000\n")
    try checkout.addHook("error", "50-hung", "sleep 1001\n")
    let configuration = try checkout.build(["--show-config"])
    #expect(configuration.output.contains("hook_timeout = 6h\n"), "\(configuration.output)")
    try checkout.expectFailure(
      try build("ostree"), 2, "ostree/40-slow: finished in 2.",
      "was ended after 2s, the limit of ostree:hook_timeout, during: sleep 1000",
      "# hook-timeout: 12h, or raise the option (--explain ostree:hook_timeout shows",
      "error/50-hung: warning: the hook error/50-hung",
      "was ended after 1s, the limit of error:hook_timeout, during: sleep 1001",
      "error/90-look: finished in ")
  }

  @Test func whatAHookLeavesBehindIsEndedAndTold() throws {
    try checkout.fixture.write("etc/private.ini", "[image]\npassword = opensesame\n")
    try checkout.addHook(
      "ostree", "50-leave",
      """
      exec > >(tee "$EIB_CACHEDIR/told")
      setsid bash -c 'exec -a \(mark) sleep 1000' > /dev/null &
      (trap '' TERM; exec setsid bash -c 'while :; do :; done' \(mark) opensesame) > /dev/null &
      gpg-agent --homedir "$(mktemp -d /tmp/agent.XXXX)" --daemon > /dev/null
      echo told
      """)
    try checkout.addHook("ostree", "60-look", "ps -eo args > \"$EIB_CACHEDIR/left\"\n")
    let outcome = try build("ostree")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let warnings = outcome.errors.split(separator: "\n").filter { $0.contains("left a process") }
    #expect(warnings.count == 3, "\(outcome.errors)")
    let warning =
      "ostree/50-leave: warning: the hook 50-leave left a process behind, which was ended: "
    for command in ["\(mark) 1000", "gpg-agent --homedir /tmp/agent."] {
      #expect(outcome.errors.contains(warning + command), "\(outcome.errors)")
    }
    #expect(!outcome.errors.contains("opensesame") && outcome.errors.contains("sleeper <private>"))
    try expectNoProcess(mark, "/tmp/agent")
    #expect(try checkout.fixture.text("cache/told") == "told\n")
  }

  @Test func aLineThatSetsNoLimitIsToldBeforeAnythingIsDone() throws {
    try checkout.addHook("publish", "50-hook", "#!/bin/bash\n# hook-timeout: 5 minutes\n")
    let text = "\(checkout.directory)/hooks/publish/50-hook:2: '# hook-timeout: 5 minutes' sets no "
    try checkout.expectFailure(try checkout.build(), 65, text, "write # hook-timeout: 5m")
    #expect(try Shell.run("ls -A '\(checkout.cache)'").output == "")
    try checkout.expectFailure(try checkout.build(["--check"]), 65, text)
    try checkout.writeSystemConfiguration("[build]\nstage_timeout = soon\n")
    try checkout.expectFailure(
      try checkout.build(), 65, "build:stage_timeout is 'soon'; accepted: a number followed by s, m"
    )
  }

  @Test func aStageThatTakesTooLongIsEnded() throws {
    try checkout.writeSystemConfiguration("[build]\nstage_timeout = 2s\n")
    try checkout.addHook("ostree", "50-hung", "setsid bash -c 'exec -a \(mark) sleep 1000'; true\n")
    let outcome = try build("ostree")
    try checkout.expectFailure(
      outcome, 2,
      "the ostree stage failed: it was ended after 2s, the limit of "
        + "build:stage_timeout, during: \(mark) 1000",
      "--explain build:stage_timeout shows what sets it", "error/90-look: finished in ")
    try expectNoProcess(mark)
  }

  /// Runs `body` while another process holds a lock. Waiting for the lock cannot be cancelled.
  private func withHeldLock(_ body: () throws -> Void) throws {
    #expect(try checkout.build(["--stages", "ostree"]).status == 0)
    let lock = try Shell.run("ls '\(checkout.cache)'/ostree/*.lock").lines[0]
    let holder = try RunningProgram("/usr/bin/flock", ["--no-fork", lock, "sleep", "1000"])
    defer {
      holder.send(SIGKILL)
      _ = holder.wait()
    }
    try body()
  }

  @Test func aStageThatCannotBeCancelledIsEndedToo() throws {
    try withHeldLock {
      try checkout.writeSystemConfiguration("[build]\nstage_timeout = 2s\n")
      let outcome = try build("ostree")
      #expect(outcome.status == 2)
      #expect(
        outcome.errors.contains("was ended after 2s, the limit of build:stage_timeout\n"),
        "\(outcome.errors)")
      #expect(outcome.errors.contains("error/90-look: finished in "), "\(outcome.errors)")
    }
  }

  @Test func aSignalEndsAStageThatCannotBeCancelled() throws {
    try withHeldLock {
      let program = try checkout.start()
      for _ in 0..<600 where !program.errors.contains("waiting for process") { usleep(50_000) }
      checkout.expectEnd(of: program, saying: "error/90-look: finished in ")
    }
  }
}
