import Foundation
import SystemPackage
import TestSupport
import Testing

/// What a build sees before it changes anything: paths, the powers of its process, its keys and its
/// server.
@Suite(.serialized) struct LookTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
  }

  private var nothingDone: Bool {
    get throws {
      try Shell.run("cd '\(checkout.cache)'; find . -type f ! -name '*.lock'").output == ""
    }
  }

  /// Runs a build below a program that changes what its process may do.
  private func build(below wrapper: [String], _ more: [String] = []) throws -> Outcome {
    try Shell.start(wrapper[0], wrapper.dropFirst() + checkout.command(more))
  }

  @Test func pathsMayHaveBlanksQuotesAndQuestionMarks() throws {
    let fixture = checkout.fixture
    let odd = try fixture.makeDirectory("My \"Disk\"? #1, it's")
    for name in ["local/config", "local/hooks/image", "cache", "published", "tmp"] {
      try FileManager.default.createDirectory(
        atPath: odd.pushing(FilePath(name)).string, withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(
      atPath: checkout.directory.string, toPath: odd.appending("checkout").string)
    try FileManager.default.copyItem(
      atPath: checkout.repository.path.string, toPath: odd.appending("repo").string)
    let name = odd.lastComponent!.string
    let url = odd.string.replacing("?", with: "%3F").replacing("#", with: "%23")
    try fixture.write(
      "\(name)/local/config/defaults.ini",
      """
      [ostree]
      url = file://\(url)/repo/
      [image]
      hooks = 50-mark 60-mark.chroot
      extra_space = 0
      [publish]
      directory = \(odd)/published
      """)
    let mark = "echo \"$EIB_SRCDIR\" >\"$OSTREE_DEPLOYMENT\"/etc/mark\n"
    try fixture.write("\(name)/local/hooks/image/50-mark", mark)
    let inside = "#!/bin/bash\n[ -d \"$EIB_SRCDIR\"/hooks ] && read -r line </etc/mark\n"
    try fixture.write("\(name)/local/hooks/image/60-mark.chroot", inside, mode: 0o755)

    let program = odd.appending("checkout/bin/image-builder").string
    let outcome = try Shell.start(
      program,
      [
        "--sysconfdir", checkout.system.string, "--cachedir", odd.appending("cache").string,
        "--localdir", odd.appending("local").string, "--product", "test", "--build-version", "1",
      ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let published = odd.pushing(
      "published/test/master/amd64/amd64/base/test-master-amd64-amd64.1.base"
    ).string
    let verified = try Shell.start(
      "/usr/bin/env",
      [
        "TMPDIR=\(odd)/tmp", program, "--verify", published, "--key",
        checkout.signingKey.publicKey.string,
      ])
    #expect(verified.status == 0, "\(verified.errors)")
    #expect(verified.output.contains("boots commit \(checkout.repository.commit)"))
  }

  @Test func pathsThatCannotBeUsedAreRefusedBeforeAnythingIsDone() throws {
    let colon = try checkout.fixture.makeDirectory("a:b")
    try checkout.expectFailure(
      try checkout.build(["--localdir", colon.string]), 65,
      "build:localdir is \(colon), which contains a colon")
    let program = checkout.directory.appending("bin/image-builder")
    let bytes = "\(checkout.fixture.directory)/\\xff"
    try checkout.expectFailure(
      try Shell.start(
        "/bin/bash", ["-c", "'\(program)' --product test --cachedir $'\(bytes)'"]), 65,
      "build:cachedir is '", "of valid UTF-8")
    try checkout.fixture.write("file", "")
    let file = checkout.fixture.path("file")
    for path in ["\(file)", "\(file)/cache"] {
      try checkout.expectFailure(
        try checkout.build(["--check", "--cachedir", path]), 65,
        "\(path) is not a directory; --cachedir requires a directory")
    }
    #expect(!checkout.fixture.exists("file/cache"))
  }

  @Test func aContainerThatWithholdsPowersIsToldWhichAndHowToGetThem() throws {
    let setpriv = ["/usr/bin/setpriv", "--bounding-set", "-sys_admin,-mknod,-setfcap"]
    try checkout.expectFailure(
      try build(below: setpriv), 69, "root lacks CAP_SYS_ADMIN, CAP_MKNOD, CAP_SETFCAP here",
      "with --privileged")
    // With a network of its own, root may mount sysfs, too.
    for namespaces in [["--user"], ["--user", "--net"]] {
      try checkout.expectFailure(
        try build(below: ["/usr/bin/unshare", "--map-root-user"] + namespaces), 69,
        "cannot make the device file", "a user namespace", "with --privileged")
    }
    #expect(try nothingDone)
  }

  @Test func aChrootIsToldBecauseHooksCannotHaveTheirNamespaces() throws {
    let chroot = [
      "/usr/bin/unshare", "--mount", "/bin/sh", "-c",
      "mount --rbind / /mnt && exec chroot /mnt \"$@\"", "sh",
    ]
    try checkout.expectFailure(
      try build(below: chroot), 69, "need a user namespace", "In a chroot there is none")
    #expect(try nothingDone)
  }

  @Test func aLimitOfTheCallerForFilesIsTold() throws {
    try checkout.expectFailure(
      try build(below: ["/usr/bin/prlimit", "--fsize=1048576"]), 69,
      "limits the size of files to 1.0 MiB", "ulimit -f unlimited")
    #expect(try nothingDone)
  }

  @Test func aCacheFromWhichNoProgramCanBeStartedIsTold() throws {
    let small = try checkout.fixture.makeDirectory("small")
    try Shell.run("mount -t tmpfs -o noexec tmpfs '\(small)'")
    checkout.fixture.atEnd { _ = try? Shell.run("umount -l '\(small)'") }
    try checkout.expectFailure(
      try checkout.build(["--cachedir", "\(small)/cache"]), 69,
      "ostree:checkout is \(small)/cache/build/", "mounted noexec")
    #expect(try Shell.run("ls '\(small)'").output == "")
    try checkout.fixture.write("small/hooks/image/50-x", "#!/usr/bin/python3\n", mode: 0o755)
    try checkout.expectFailure(
      try checkout.build(["--localdir", "\(small)"]), 69, "build:localdir is \(small), on a")
  }

  @Test func aSigningKeyWithAPassphraseIsToldBeforeTheBuild() throws {
    let home = try checkout.fixture.makeDirectory("etc/gnupg")
    try Shell.run(
      """
      gpg --homedir '\(home)' --batch --quiet --pinentry-mode loopback --passphrase secret \
        --quick-gen-key 'Locked <locked@example.invalid>' ed25519 sign never
      """)
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nsigning_keyid = locked@example.invalid\n")
    try checkout.expectFailure(
      try checkout.build(), 69, "whose secret part has a passphrase", "--change-passphrase")
    for (name, reason) in [
      ("nobody@example.invalid", "there is none"), ("example.invalid", "several keys match"),
    ] {
      try checkout.fixture.write(
        "checkout/config/local.ini", "[image]\nsigning_keyid = \(name)\n")
      try checkout.expectFailure(try checkout.build(), 69, reason)
    }
    #expect(try nothingDone)
  }

  /// A build that is killed while it tries its key leaves no copy of it in the host's /tmp.
  @Test func theTrialOfTheKeyWritesNothingToTheHost() throws {
    let script = """
      set -e
      mount -t tmpfs tmpfs /tmp; mkdir /tmp/etc; mount --bind "$1" /tmp/etc
      mount -o remount,ro /tmp
      shift; exec "$@" --sysconfdir /tmp/etc
      """
    let shell = ["/usr/bin/unshare", "--mount", "/bin/bash", "-c", script, "bash"]
    let outcome = try build(below: shell + ["\(checkout.system)"], ["--build-version", "1"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    try Shell.run("ls '\(checkout.publishedDirectory())'/SHA256SUMS.gpg")
  }

  @Test func aTreeThatNobodyTrustedSignedIsToldWithTheKeys() throws {
    let stranger = try SigningFixture(checkout.fixture, name: "s")
    try checkout.repository.commit(
      checkout.fixture.path("tree"), timestamp: 1_700_000_001, signedBy: stranger)
    let outcome = try checkout.build()
    try checkout.expectFailure(
      outcome, 2, "has no valid signature by a trusted key, and nothing was deployed",
      "Trusted are the keys in \(checkout.repository.key.publicKey)")
    #expect(!outcome.errors.contains("in remote config"))
    try Shell.run("ostree --repo='\(checkout.repository.path)' refs --delete os/test/amd64/master")
    try checkout.expectFailure(try checkout.build(), 69, "has no ref os/test/amd64/master")
  }

  @Test func whatVerificationLacksIsUnavailable() throws {
    let outputs = try checkout.fixture.makeDirectory("outputs")
    let nowhere = try checkout.build(
      ["--verify", outputs.string], environment: ["TMPDIR": "/nowhere"])
    try checkout.expectFailure(
      nowhere, 69, "no temporary directory can be made in /nowhere", "set TMPDIR")
    let pipe = checkout.fixture.path("pipe")
    try Shell.run("mkfifo '\(pipe)'")
    try checkout.expectFailure(
      try checkout.build(["--verify", outputs.string, "--key", pipe.string]), 69,
      "\(pipe) is not a file of public keys")
  }
}
