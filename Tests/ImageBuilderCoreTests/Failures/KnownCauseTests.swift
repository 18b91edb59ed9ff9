import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Causes are recognised by what the real tools print when they really fail.
///
/// One test has a program ended for lack of memory, which the kernel counts for the whole host.
@Suite(.serialized) struct KnownCauseTests {
  let fixture: Fixture
  private var directory: FilePath { fixture.directory }

  init() throws {
    fixture = try Fixture()
  }

  /// Runs a script that fails, in the environment of tools, and returns the facts.
  private func failure(
    _ script: String, location: SourceLocation = #_sourceLocation
  ) async throws -> Failure {
    let before = MemoryShortage.endedProcesses()
    let error = await #expect(throws: CommandFailure.self, sourceLocation: location) {
      try await Command(
        "bash", ["-e", "-o", "pipefail", "-c", script], workingDirectory: directory
      ).run()
    }
    var failure = Failure(try #require(error), in: .image)
    failure.findCause(
      killedForMemory: MemoryShortage.endedProcesses().flatMap { now in before.map { now - $0 } })
    return failure
  }

  private func expect(
    _ cause: KnownCause, of script: String, location: SourceLocation = #_sourceLocation
  ) async throws {
    let failure = try await failure(script, location: location)
    #expect(
      failure.cause == Failure.Cause(cause), "\(script): \(failure)", sourceLocation: location)
  }

  @Test(arguments: [
    "echo text >/dev/full", "cp /etc/passwd /dev/full", "head -c 9000 /dev/zero | dd of=/dev/full",
    "python3 -c 'print(\"text\", flush=True)' >/dev/full",
  ])
  func aFullDiskIsRecognised(script: String) async throws {
    try await expect(.noSpace, of: script)
  }

  @Test func anExpiredKeyIsRecognised() async throws {
    let key = """
      export GNUPGHOME='\(directory)/gnupg'; mkdir -m 700 "$GNUPGHOME"
      gpg --batch --quiet --passphrase '' --faked-system-time 20200101T000000 \
        --quick-gen-key 'T <t@example.org>' ed25519 sign 1d
      echo text >file
      """
    fixture.atEnd { [directory] in
      _ = try? Shell.run("gpgconf --homedir '\(directory)/gnupg' --kill all")
    }
    try await expect(.expiredKey, of: "\(key)\ngpg --batch --detach-sign -u t@example.org file")
    let commit = "--tree=dir=tree --gpg-homedir=gnupg --gpg-sign=t@example.org"
    try await expect(
      .expiredKey,
      of: "mkdir tree; ostree init --repo=repo; ostree commit --repo=repo -b x \(commit)")
  }

  @Test(arguments: [
    "curl -sS http://nothing.invalid/", "ssh -F none -o BatchMode=yes nothing.invalid true",
    "git ls-remote https://nothing.invalid/repository",
    "rsync -e 'ssh -F none' nothing.invalid:/x .",
    "python3 -c 'import urllib.request as u; u.urlopen(\"http://nothing.invalid/\")'",
  ])
  func aNameThatNobodyKnowsIsRecognised(script: String) async throws {
    try await expect(.nameResolution, of: script)
  }

  @Test(arguments: [401, 403])
  func credentialsThatAServerRefusesAreRecognised(status: Int) async throws {
    let server = try HTTPServer(directory, answer: "self.send_error(\(status)); return True")
    try await expect(.refusedCredentials, of: "curl -fsS \(server.url)/x")
    try await expect(
      .refusedCredentials,
      of: "python3 -c 'import urllib.request as u; u.urlopen(\"\(server.url)/x\")'")
    try await expect(
      .refusedCredentials, of: "GIT_TERMINAL_PROMPT=0 git ls-remote \(server.withUser)/x")
    withExtendedLifetime(server) {}
  }

  @Test func whatSSHRefusesIsRecognised() async throws {
    let server = try SSHServer(fixture)
    try fixture.write("known", server.knownHost)
    try fixture.write("wrong", server.otherKnownHost)
    try fixture.write("empty", "")
    func ssh(_ key: FilePath, _ known: String) -> String {
      "ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes "
        + "-o UserKnownHostsFile=\(known) -i \(key) -p \(server.port) root@127.0.0.1"
    }
    #expect(
      try Shell.run("cd '\(directory)'; \(ssh(server.key, "known")) echo in").output == "in\n")
    try await expect(.refusedCredentials, of: "\(ssh(server.otherKey, "known")) true")
    try await expect(.hostKey, of: "\(ssh(server.key, "wrong")) true")
    try await expect(.hostKey, of: "\(ssh(server.key, "empty")) true")
    try await expect(
      .hostKey,
      of: "GIT_SSH_COMMAND='\(ssh(server.key, "empty"))' git ls-remote ssh://root@127.0.0.1/x")
    withExtendedLifetime(server) {}
  }

  @Test(arguments: ["#!/no/such/interpreter", "#!/usr/bin/env no-such-interpreter"])
  func aMissingInterpreterIsRecognised(line: String) async throws {
    try fixture.write("script", "\(line)\n", mode: 0o755)
    try await expect(.missingInterpreter, of: "./script")
  }

  @Test(arguments: [
    "curl -sS --max-time 1 http://127.0.0.1:PORT/",
    "curl -sS --speed-time 1 --speed-limit 1 http://127.0.0.1:PORT/",
    "ssh -F none -o BatchMode=yes -o ConnectTimeout=1 -p PORT 127.0.0.1 true",
    "rsync --timeout=1 rsync://127.0.0.1:PORT/x .",
    "python3 -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:PORT/\", timeout=1)'",
  ])
  func aServerThatSaysNothingIsRecognised(script: String) async throws {
    let server = try SSHServer(fixture)
    try server.set(fault: "stall 0")
    try await expect(.timeOut, of: script.replacing("PORT", with: "\(server.port)"))
    withExtendedLifetime(server) {}
  }

  @Test(arguments: [
    "ulimit -v 200000; python3 -c 'x = bytearray(10 ** 9)'",
    "ulimit -v 20000; xz -9 </dev/null >/dev/null",
    "ulimit -v 40000; x=$(head -c 1G /dev/zero | tr '\\0' a)",
    "ulimit -v 20000; head -c 1G /dev/zero | sort -S 1G >/dev/null",
  ])
  func memoryThatIsNotGrantedIsRecognised(script: String) async throws {
    try await expect(.outOfMemory, of: script)
  }

  @Test func aProgramThatTheKernelEndsForLackOfMemoryIsRecognised() async throws {
    // Version 1 and version 2 of control groups.
    let group = """
      mkdir cgroup
      if mount -t cgroup -o memory none cgroup 2>/dev/null; then limit=memory.limit_in_bytes
      else
        mount -t cgroup2 none cgroup; limit=memory.max
        echo +memory >cgroup/cgroup.subtree_control
      fi
      group=cgroup/image-builder-test-$$; mkdir $group
      echo 20M >$group/$limit
      leave() { echo $BASHPID >cgroup/cgroup.procs; rmdir $group; }
      """
    let hungry = """
      bash -c 'echo $$ >'$group'/cgroup.procs; exec python3 -c "x = bytearray(10 ** 8)"' ||
        status=$?
      leave; exit $status
      """
    try await expect(
      .killedForMemory, of: "exec unshare --mount bash -ec \(shellQuoted("\(group)\n\(hungry)"))")
  }

  @Test func aProgramThatSomebodyKillsIsNotTakenForOne() async throws {
    try await expect(.killed, of: "kill -KILL $$")
    try await expect(.killed, of: "bash -c 'kill -KILL $$'")
    try await expect(.killed, of: "bash -c 'kill -KILL $$; true' || exit 1")
    try await expect(
      .killed,
      of: "python3 -c 'import subprocess as s; s.run([\"sh\", \"-c\", \"kill -9 $$\"], check=True)'"
    )
    let other = try await failure("kill -TERM $$")
    #expect(other.cause == nil && other.signal == SIGTERM)
  }

  @Test func theLastLineDecidesAndTracesDoNot() {
    let lines = [
      "write: No space left on device", "curl: (6) Could not resolve host: x",
      "++ 50-a:3: grep 'Host key verification failed' log", "giving up",
    ]
    #expect(KnownCause.find(in: lines) == .nameResolution)
    #expect(KnownCause.find(in: ["all is well"]) == nil)
  }
}
