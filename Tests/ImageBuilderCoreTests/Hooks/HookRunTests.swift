import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Runs of single hooks: how they start, why they fail, and what they leave behind.
@Suite(.serialized) struct HookRunTests {
  let hooks: HookFixture

  init() throws {
    hooks = try HookFixture()
  }

  private func failure(
    _ text: String, _ name: String = "50-x", mode: Int = 0o644, _ ini: String = ""
  ) async throws -> String {
    let error = await #expect(throws: HookFailure.self) {
      try await hooks.run(hook: name, text, mode: mode, ini)
    }
    return error?.description ?? ""
  }

  @Test(arguments: ["50-x", "50-x.chroot"])
  func anExecutableWithoutInterpreterIsRunByAShell(name: String) async throws {
    for text in ["echo \"$0\" >\"$OUT\"\n", "#!\necho \"$0\" >\"$OUT\"\n"] {
      let place = name == "50-x" ? "$OSTREE_DEPLOYMENT/etc/out" : "/etc/out"
      let changes = try await hooks.run(
        hook: name, text.replacing("$OUT", with: place), mode: 0o755)
      #expect(changes.changed["etc/out"]?.hasSuffix("/\(name)\n") == true)
      try Shell.run("rm '\(hooks.root)/etc/out'")
    }
    try await hooks.run(hook: name, "", mode: 0o755)
    let damaged = try await failure("\u{7F}ELF\0\0", name, mode: 0o755)
    #expect(damaged.contains("hook image/\(name)"), "\(damaged)")
  }

  @Test(arguments: [
    ("if true; then\r\n  echo two\r\nfi\r\n", 0o644, ":1: ends in CR LF"),
    ("#!/bin/bash\r\necho one\r\n", 0o755, ":1: ends in CR LF"),
    (
      "#!/usr/bin/no-such-perl\nprint 1\n", 0o755,
      "the program /usr/bin/no-such-perl of the #! line"
    ),
    ("#!/usr/bin/python3\nimport os\nprint(os.getpid())\n", 0o644, "is not executable, so bash"),
    ("\u{FEFF}echo one\n", 0o644, ":1: begins with a byte order mark"),
    ("\u{7F}ELF\0\0\n", 0o644, "is a binary file that is not executable"),
    ("#!/usr/bin/env bash -e\ntrue\n", 0o755, "env takes 'bash -e' for the name of one program"),
  ])
  func whatIsKnownOfTheFileIsToldWithTheFailure(
    text: String, mode: Int, finding: String
  ) async throws {
    let told = try await failure(text, mode: mode)
    #expect(told.contains("/hooks/image/50-x"))
    #expect(told.contains(finding), "\(told)")
  }

  @Test(arguments: [
    ("#!/usr/bin/nothing\n", "the tree has no /usr/bin/nothing, which its #! line names"),
    ("#! /bin/bash\r\n", "the tree has no '/bin/bash\\r', which its #! line names"),
  ])
  func theInterpreterOfAChrootHookIsMissedInTheTree(text: String, reason: String) async throws {
    let told = try await failure(text, "50-x.chroot", mode: 0o755)
    #expect(told.contains(reason), "\(told)")
  }

  @Test func aFilesystemWithoutProgramsIsTheCauseOfALostMode() async throws {
    let directory = try hooks.fixture.makeDirectory("local/hooks/image")
    try Shell.run("mount -t tmpfs -o noexec tmpfs '\(directory)'")
    hooks.fixture.atEnd { _ = try? Shell.run("umount -l '\(directory)'") }
    let told = try await failure("#!/usr/bin/python3\nimport os\nos.x\n", mode: 0o755)
    #expect(told.contains("its filesystem is mounted with noexec"), "\(told)")
  }

  @Test(arguments: [
    ("50-x.chroot", "exec 3<>/dev/tcp/192.0.2.1/80", "set image:chroot_network = true"),
    (
      "50-x.chroot",
      "getent hosts mirror.example.org || { echo 'Could not resolve host'; exit 6; }",
      "set image:chroot_network = true"
    ),
    (
      "50-x", "chroot \"$OSTREE_DEPLOYMENT\" bash -c 'exec 3<>/dev/tcp/192.0.2.1/80'",
      "set image:chroot_network = true"
    ),
    ("50-x.chroot", "mknod /tmp/disk b 8 0", "a host hook can"),
    ("50-x", "touch /usr/file; echo 'Read-only file system' >&2; false", "buildroot:mounts"),
    ("50-x", "echo 'curl: (60) SSL certificate problem: x' >&2; false", "update-ca-certificates"),
    ("50-x.chroot", "echo 'Failed to connect to bus: No such file' >&2; false", "no service runs"),
  ])
  func aWellKnownCauseHasARemedy(name: String, text: String, remedy: String) async throws {
    let told = try await failure(text + "\n", name)
    #expect(told.contains(remedy), "\(told)")
  }

  @Test func aHookOfTheHostIsNotToldOfTheNetworkOfTheDeployment() async throws {
    let text = "echo 'Network is unreachable' >&2; false\n"
    #expect(try await !failure(text).contains("chroot_network"))
    let told = try await failure(text, "50-x.chroot", "chroot_network = true\n")
    #expect(!told.contains("chroot_network"))
  }

  /// The host's resolver is in the deployment while hooks run.
  @Test(arguments: [
    ("true", "tree\n"), ("echo mine >$F", "mine\n"), ("echo added >>$F", "tree\nadded\n"),
    ("rm $F; echo mine >$F", "mine\n"), ("sed -i s/./x/g $F", nil), ("rm $F", ""),
    ("ln -sf ../run/stub $F", "-> ../run/stub"), ("cp /etc/resolv.conf $F", "tree\n"),
    ("install -m 644 /etc/resolv.conf $F", "tree\n"), (": >$F", "\n"), ("mv $F $F.old", ""),
  ])
  func whatHooksMakeOfTheResolverStays(script: String, content: String?) throws {
    try hooks.fixture.write(hooks.path(inside: "etc/resolv.conf"), "tree\n")
    let resolver = try #require(try HostResolver(in: hooks.deployment.path))
    let file = hooks.root.appending("etc/resolv.conf")
    #expect(try Shell.run("cmp /etc/resolv.conf '\(file)'").status == 0)
    try Shell.run(script.replacing("$F", with: "'\(file)'"))
    try resolver.remove()
    let found = try Shell.run(
      """
      if [ -L '\(file)' ]; then echo -n "-> $(readlink '\(file)')"; else cat '\(file)' || true; fi
      [ ! -f '\(file)' ] || [ -s '\(file)' ] || echo
      """
    ).output
    if let content { #expect(found == content) } else { #expect(found.hasPrefix("xxx")) }
    #expect(try Shell.run("ls -A '\(hooks.root)/etc' | grep kept || true").output == "")
  }

  @Test func additionsToALinkBecomeAFile() throws {
    let file = hooks.root.appending("etc/resolv.conf")
    try Shell.run("ln -s ../run/stub '\(file)'")
    let resolver = try #require(try HostResolver(in: hooks.deployment.path))
    try Shell.run("echo added >>'\(file)'")
    try resolver.remove()
    #expect(try Shell.run("cat '\(file)'").output == "added\n")
    // Without a change, the link is there again.
    try Shell.run("ln -sf ../run/stub '\(file)'")
    try #require(try HostResolver(in: hooks.deployment.path)).remove()
    #expect(try Shell.run("readlink '\(file)'").output == "../run/stub\n")
  }

  /// What flatpak does with its triggers. `--proc` is also a word of the command.
  @Test func aSandboxCanBeMadeAndSeesTheProcOfTheHook() async throws {
    let sandbox = "bwrap --unshare-ipc --unshare-net --unshare-pid --ro-bind / / --proc /proc"
    try await hooks.run(
      hook: "50-x.chroot",
      """
      \(sandbox) --dev /dev --bind /etc /etc bash -c 'echo "$@" $(cat /proc/self/comm) >/etc/a' x --proc ''
      \(sandbox) --setenv --proc 1 --bind /etc /etc -- bash -c 'cat /proc/1/comm >/etc/b'
      if \(sandbox) bash -c 'echo 1 >/proc/sys/kernel/panic' 2>/dev/null; then exit 1; fi
      if \(sandbox) mount -t proc proc /proc 2>/dev/null; then exit 1; fi

      """)
    #expect(try Shell.run("cat '\(hooks.root)/etc/a'").output == "--proc  cat\n")
    #expect(try Shell.run("cat '\(hooks.root)/etc/b'").output == "enter-root\n")
  }

  @Test func aSandboxThatIsNotMadeFailsTheHookThatGoesOn() async throws {
    let proc = try await failure(
      """
      bwrap --args 3 true 3< <(printf '%s\\0' --unshare-pid --ro-bind / / --proc /proc) || true

      """, "50-x.chroot")
    #expect(proc.contains("as an argument, not in a file (--args)"), "\(proc)")
    let told = try await failure("bwrap --ro-bind /nothing / true || true\n", "50-x.chroot")
    #expect(
      told.contains("ended with status 0, but a program in it did not run: bwrap: Can't find"),
      "\(told)")
  }
}
