import SystemPackage
import TestSupport
import Testing

/// Programs of arm64 on a host of another architecture, where nothing is registered for them.
@Suite(.serialized) struct EmulationTests {
  private static let helper = Checkout.directory.appending("helpers/emulate").string
  /// Prints "ok" (package arch-test).
  private static let program = "/usr/lib/arch-test/arm64"

  /// Runs a script after `emulate arm64`, which is `$1`.
  private func emulate(_ script: String, path: String = "/usr/bin:/bin") throws -> Outcome {
    try Shell.start(
      "/bin/bash", ["-c", script, "bash", Self.helper], environment: ["PATH": path])
  }

  @Test func aProgramRunsAndTheHostIsNotChanged() throws {
    let before = try Shell.run("ls /proc/sys/fs/binfmt_misc").output
    let outcome = try emulate("$1 arm64 \(Self.program); $1 arm64 && \(Self.program)")
    #expect(outcome.output == "ok\n", "\(outcome.errors)")
    #expect(outcome.status == 126, "the host itself runs arm64")
    #expect(try Shell.run("ls /proc/sys/fs/binfmt_misc").output == before)
  }

  @Test func aCommandHasAllUsersAndMountsOfItsOwn() throws {
    let outcome = try emulate(
      """
      $1 arm64 bash -c 'set -e; mount -t tmpfs tmpfs /mnt; touch /mnt/a; chown 1234:99999 /mnt/a
      stat -c %u:%g /mnt/a'; ls /mnt | grep -cx a; $1 arm64 bash -c 'exit 7'; echo $?
      $1 amd64 id -u
      """)
    #expect(outcome.lines == ["1234:99999", "0", "7", "0"], "\(outcome.errors)")
  }

  /// The outer namespace is the host with a registration.
  @Test func aRegistrationOfTheHostIsUsed() throws {
    let outcome = try emulate(
      "$1 arm64 bash -c 'PATH=/none; export PATH; $0 arm64 \(Self.program)' $1")
    #expect(outcome.output == "ok\n", "\(outcome.errors)")
  }

  @Test(arguments: [
    ("$1 arm64", "/none", "the emulator qemu-aarch64-static is not installed; install it: apt-get"),
    // As on kernels before 6.7.
    (
      "unshare --mount bash -c 'mount -t tmpfs none /proc/sys/fs; $0 arm64' $1", "/usr/bin:/bin",
      "which Linux has from version 6.7 on, and the host has not registered qemu-aarch64-static"
    ),
    ("$1 i386", "/usr/bin:/bin", "there is no emulation of i386"),
  ])
  func whatIsMissingIsTold(script: String, path: String, problem: String) throws {
    let outcome = try emulate(script, path: path)
    #expect(outcome.status == 1 && outcome.errors.contains(problem), "\(outcome.errors)")
  }

  @Test func chrootHooksRun() throws {
    let fixture = try Fixture()
    try Shell.run(
      """
      cd '\(fixture.directory)'
      mkdir -p proc dev tmp; cp \(Self.program) tmp/program
      """)
    let helper = Checkout.directory.appending("helpers/enter-root").string
    func run(_ arch: String) throws -> Outcome {
      try Shell.start(
        helper, [fixture.directory.string, "/tmp/program"], environment: ["EIB_ARCH": arch])
    }
    #expect(try run("arm64").output == "ok\n")
    let native = try run("amd64")
    #expect(native.status == 126, "\(native.errors)")
  }
}
