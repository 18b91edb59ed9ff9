import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// What bash does with a hook that it reads. The tests compare it with bash itself.
@Suite struct HookShellTests {
  private struct Result {
    var status: Int32 = 0
    var output = ""
    var errors = ""
  }

  /// Runs bash as hooks are run: its standard error is a pipe, and no signal is blocked.
  private func run(_ script: String, _ text: String) async throws -> Result {
    let fixture = try Fixture()
    let hook = try fixture.write("90-x", text + "\n")
    let output = try FileDescriptor.open(
      fixture.path("output"), .writeOnly, options: .create, permissions: .worldReadable)
    defer { try? output.close() }
    let command = Command(
      "/bin/bash", ["-c", script, hook.string],
      environment: [
        "PATH": SearchPath.standard,
        "EIB_BASELIB": Checkout.directory.appending("lib/eib.sh").string,
        "EIB_HELPERSDIR": Checkout.directory.appending("helpers").string,
      ])
    let errors = LineCollector()
    var result = Result()
    do {
      try await command.run(standardOutput: output, output: { errors.append($0) })
    } catch let failure as CommandFailure {
      guard case .exited(let status) = failure.reason else { throw failure }
      result.status = status
    }
    result.output = try fixture.text("output")
    result.errors = errors.text + "\n"
    return result
  }

  private func host(_ text: String) async throws -> Result {
    try await run(HookRunner.sourcingScript, text)
  }

  private static let bash = #"set -eE; shopt -s nullglob extglob; (set -x; . "$0")"#

  @Test(arguments: [
    "false; echo never", "set +e; false; s=$?; set -e; echo went on $s",
    "x=$(false; true); echo \"x=$x\"", "x=$(false; echo y) || true; echo \"x=$x\"",
    "f() { false; echo inside; }; f || echo tolerated", "f() { false; echo inside; }; f",
    "f() { false; echo inside; }; if f; then echo yes; fi", "false | true; echo piped",
    "true | false; echo never", "( false; echo inside ) || echo tolerated", "( false; echo never )",
    "set +e; ( false; echo inside ); echo after", "! false; echo on", "false || false; echo never",
    "shopt -s inherit_errexit; x=$(false; echo y) || echo tolerated",
    "set -o pipefail; false | true; echo never", "[[ a == b ]] && echo eq; echo on",
    "f() { [[ a == b ]] && echo eq; }; f; echo never", "i=0; let i++; echo never", "exit 3",
    "return 4", "(exit 5)", "set +e; exec false", "mapfile -t a < <(false); echo \"${#a[@]}\"",
    "eval 'false'; echo never", "trap 'echo mine' ERR; false", "trap 'echo bye' EXIT; false",
    "set -u; echo \"$undefined\"", "while read -r l; do echo $l; false; done <<< a",
    // A command that is not there, where it is not in a pipe.
    "nosuch || echo tolerated", "if nosuch; then :; fi; echo on", "x=$(nosuch) || x=none; echo $x",
    "x=$(nosuch)", "x=$(nosuch || echo none); echo $x", "! nosuch; echo on", "true | nosuch",
    "set +e; nosuch; echo on", "nosuch & wait; echo on", "{ nosuch || true; } | cat; echo on",
    "f() { nosuch || true; }; f | cat; echo on", "nosuch <<< x || echo tolerated",
    "echo \"$(nosuch)\"; echo on", "IFS=:; x=$(nosuch || echo none); echo $x",
  ])
  func errexitAloneDecides(text: String) async throws {
    let (hook, bash) = (try await host(text), try await run(Self.bash, text))
    #expect(hook.status == bash.status, "\(hook.errors)")
    #expect(hook.output == bash.output)
  }

  @Test func aFailureIsLocatedWhereErrexitEndsTheHook() async throws {
    #expect(
      try await host("true\n(exit 7)").errors.contains("90-x:2: a command ended with status 7\n"))
    for text in ["set +e; false; true", "x=$(false; true)", "false || true"] {
      #expect(try await !host(text).errors.contains("a command ended"), "\(text)")
    }
  }

  @Test(arguments: [
    "nosuch | cat", "nosuch 2>/dev/null | cat", "nosuch |& cat", "true | nosuch | cat",
    "x=$(nosuch | cat)", "x=$(true | nosuch | cat || true)", "if nosuch | grep x; then :; fi",
    "f() { nosuch | cat; }; f || true", "( nosuch | cat )", "set +e; nosuch | cat",
    "IFS=:; nosuch | cat", "set -u; nosuch | cat", "set +x; nosuch | cat",
    "X=1 nosuch -a | cat | cat", "for i in $(nosuch | cat); do :; done",
  ])
  func aCommandThatIsNotThereFailsTheHookFromInsideAPipe(text: String) async throws {
    for script in [HookRunner.sourcingScript, inside] {
      let hook = try await run(script, text + "; echo never")
      #expect(hook.status == 127 && hook.output == "", "\(hook.output)\(hook.errors)")
      #expect(hook.errors.contains("line 1: nosuch: command not found: this fails the hook"))
    }
  }

  /// Errexit ends these parts of a pipe, but not the pipe.
  @Test(arguments: [
    "{ nosuch; echo x; } | cat", "(nosuch) | cat", "f() { nosuch; }; f | cat", "cat <(nosuch)",
    "echo a | while read -r l; do nosuch $l; done | cat",
  ])
  func theSameInACompoundCommand(text: String) async throws {
    let hook = try await host(text + "; echo never")
    #expect(hook.status == 127 && !hook.output.contains("never"), "\(hook.output)\(hook.errors)")
    #expect(hook.errors.contains("not found: this fails the hook"))
  }

  /// What runs in the deployment reads the file from another place.
  private var inside: String {
    HookRunner.insideScript.replacing(
      DeploymentRoot.hookShell.string,
      with: Checkout.directory.appending("helpers/hook-shell").string)
  }
}
