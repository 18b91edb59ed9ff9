import Foundation
import SystemPackage
import TestSupport
import Testing

/// Builds of a small tree by the built program: what comes out, and what a person is told when
/// something is wrong.
@Suite(.serialized) struct SmallBuildTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
  }

  private func expectFailure(
    _ outcome: Outcome, _ status: Int32, _ texts: String...,
    location: SourceLocation = #_sourceLocation
  ) throws {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
    for text in texts {
      #expect(outcome.errors.contains(text), "\(outcome.errors)", sourceLocation: location)
    }
    let state = try HostState(concerning: checkout.fixture.directory)
    let mounts = state.mounts.filter { !$0.hasSuffix("/small tmpfs") }
    #expect(mounts.isEmpty && state.processes.isEmpty, "\(state)", sourceLocation: location)
  }

  private func expectNothingDeployed(location: SourceLocation = #_sourceLocation) throws {
    let found = try Shell.run("find '\(checkout.cache)' -name '*.img*' -o -path '*/deploy/*.0'")
    #expect(found.output == "", sourceLocation: location)
    let published = try Shell.run("ls -A '\(checkout.published)' 2>/dev/null || true")
    #expect(published.output == "", sourceLocation: location)
  }

  // MARK: What comes out

  @Test func aBuildIsPublishedVerifiedAndLeavesNothing() throws {
    let before = try HostState(concerning: checkout.fixture.directory)
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let name = "test-master-amd64-amd64.1.base"
    let published = try checkout.publishedDirectory()
    #expect(published.lastComponent?.string == name)
    let names = Set(try Shell.run("ls '\(published)'").lines)
    let expected =
      [
        "img.zst", "img.zst.sha256", "img.zst.asc", "img.zst.size", "img.sha256", "img.asc",
        "manifest.json", "config.ini", "ostree.txt", "check.json",
      ].map { "\(name).\($0)" } + ["SHA256SUMS", "SHA256SUMS.gpg"]
    #expect(names == Set(expected))
    try Shell.run(
      """
      cd '\(published)'; sha256sum --quiet -c SHA256SUMS
      gpg() { command gpg --homedir '\(checkout.signingKey.home)' --batch --quiet "$@" 2>&1; }
      gpg --verify SHA256SUMS.gpg SHA256SUMS
      gpg --verify \(name).img.zst.asc \(name).img.zst
      zstd -qdc \(name).img.zst > raw; gpg --verify \(name).img.asc raw
      [ "$(sha256sum < raw | cut -c -64)" = "$(cat \(name).img.sha256)" ]
      [ "$(stat -c %s raw)" = "$(cat \(name).img.zst.size)" ]; rm raw
      """)
    let left = try Shell.run("ls -A '\(checkout.cache)/build/test-master-amd64-amd64-base'").lines
    #expect(left == ["out"])
    #expect(try HostState(concerning: checkout.fixture.directory) == before)
  }

  @Test func theImageHoldsTheDeploymentAsDesigned() throws {
    try checkout.addHook(
      "image", "50-mark",
      "echo marked > \"$OSTREE_DEPLOYMENT\"/etc/mark\nmkfifo \"$OSTREE_VAR\"/pipe\n")
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let published = try checkout.publishedDirectory()
    let image = checkout.fixture.path("image")
    try Shell.run("zstd -qdc '\(published)'/*.img.zst > '\(image)'")
    let partitions = try Shell.run("sfdisk --json '\(image)'").output
    #expect(partitions.contains("\"attrs\": \"GUID:55\""))
    let start = try Shell.run(
      "sfdisk -d '\(image)' | sed -n '/4F68BCE3/s/.*start= *\\([0-9]*\\).*/\\1/p'"
    )
    .lines[0]
    let root = "'\(image)?offset=\(Int(start)! * 512)'"
    try Shell.run("e2fsck -fn \(root)")
    func debugfs(_ request: String) throws -> String {
      try Shell.run("debugfs -R '\(request)' \(root) 2>/dev/null").output
    }
    let deployment = "/ostree/deploy/eos/deploy/\(checkout.repository.commit).0"
    #expect(try debugfs("cat \(deployment)/etc/mark") == "marked\n")
    #expect(try debugfs("stat \(deployment)").contains("Flags: 0x80010"))
    #expect(
      try debugfs("ea_get -V / user.eos-image-version").contains("test-master-amd64-amd64.1.base"))
    #expect(try debugfs("cat \(deployment).origin").contains("unconfigured-state="))
    #expect(
      try debugfs("cat /ostree/repo/refs/remotes/eos/os/test/amd64/master")
        == "\(checkout.repository.commit)\n")
    #expect(!(try debugfs("cat /ostree/repo/config")).contains("[remote"))
    let entry = try debugfs("cat /boot/loader/entries/ostree-1-eos.conf")
    #expect(
      entry.contains(
        "options root=LABEL=ostree rw splash plymouth.ignore-serial-consoles quiet loglevel=0 "
          + "systemd.firstboot=no ostree=/ostree/boot."))
    #expect(try debugfs("cat /boot/grub/grub.cfg") == "set timeout=1\n")
    #expect(try debugfs("cat \(deployment)/etc/resolv.conf") == "tree resolver\n")
    #expect(try debugfs("stat /ostree/deploy/eos/var/pipe").contains("Type: FIFO"))
  }

  @Test func theTreeIsLinkedNotCopied() throws {
    try checkout.addHook(
      "image", "50-links",
      "(( $(stat -c %h \"$OSTREE_DEPLOYMENT\"/usr/bin/bash) >= 3 )) || { echo copied; exit 1; }\n")
    let outcome = try checkout.build(["--dry-run"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func outputsThatChangedAfterTheyWereMadeAreNotPublished() throws {
    for (name, script) in [
      ("50-change", "printf x >> \"$(eib_outfile img.zst)\""),
      ("50-remove", "rm \"$(eib_outfile ostree.txt)\""),
      ("50-add", "echo > \"$EIB_OUTDIR\"/stranger"),
      ("50-sign", "echo > \"$(eib_outfile img.zst).asc\""),
    ] {
      try checkout.fixture.write(
        "checkout/buildscript",
        """
        set -e; . "$EIB_BASELIB"
        trap '"$EIB_PROGRAM" stage error; exit 2' ERR
        for stage in ostree image manifest; do "$EIB_PROGRAM" stage $stage; done
        \(script)
        for stage in check publish; do "$EIB_PROGRAM" stage $stage; done
        """)
      try expectFailure(try checkout.build(), 2, "the outputs are not as they were written:")
      let published = try Shell.run("ls -A '\(checkout.published)'")
      #expect(published.output == "", "\(name)")
    }
  }

  @Test(arguments: ["gz", "xz"])
  func otherCompressionsGiveTheSameImage(compression: String) throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\ncompression = \(compression)\n")
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let published = try checkout.publishedDirectory()
    let tool = compression == "gz" ? "gzip" : "xz"
    try Shell.run(
      """
      cd '\(published)'
      [ "$(\(tool) -dc *.img.\(compression) | sha256sum | cut -c -64)" = "$(cat *.base.img.sha256)" ]
      """)
  }

  @Test func theSystemFollowsTheDeployURL() throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[ostree]\ndeploy_url = https://updates.invalid/repo\n")
    let outcome = try checkout.build(["--stages", "ostree,image"], environment: [:])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("unconfigured"))
  }

  @Test func aDryRunPublishesNothing() throws {
    let outcome = try checkout.build(["--dry-run"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("publish: skipped: this is a dry run"))
    #expect(!checkout.fixture.exists("published"))
  }

  @Test func privateValuesReachHooksAndNothingElse() throws {
    let secret = "sentinel-4711"
    try checkout.fixture.write("etc/private.ini", "[site]\ntoken = \(secret)\n", mode: 0o600)
    try checkout.addHook(
      "image", "50-token", "[ \"$EIB_SITE_TOKEN\" = \(secret) ]; echo \"$EIB_SITE_TOKEN\"\n")
    let outcome = try checkout.build(["--build-version", "1"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains(secret))
    #expect(outcome.errors.contains("<private>"))
    let found = try Shell.run(
      "grep -rlF \(secret) '\(checkout.cache)' '\(checkout.published)' || true")
    #expect(found.output == "")
  }

  // MARK: What a person is told

  @Test func anUnknownStageIsAUsageError() throws {
    try expectFailure(
      try checkout.build(["--stages", "imgae"]), 64,
      "there is no stage imgae; the stages are ostree, image, manifest, check, publish")
  }

  @Test func withoutRootABuildIsRefusedAndAQuestionAnswered() throws {
    try Shell.run("chmod 755 '\(checkout.fixture.directory)'")
    let program = checkout.directory.appending("bin/image-builder").string
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", program, "--product", "test"]
    let outcome = try Shell.start("/usr/bin/setpriv", nobody)
    try expectFailure(outcome, 69, "a build must run as root", "run it with sudo")
    let question = try Shell.start("/usr/bin/setpriv", nobody + ["--show-config"])
    #expect(question.status == 0 && question.output.contains("product = test\n"))
  }

  @Test(arguments: [
    ("product", "eso", "did you mean eos?"), ("personality", "pt_BT", "did you mean pt_BR?"),
  ])
  func aMisspeltNameIsRefusedWithTheNearestOne(
    attribute: String, found: String, suggestion: String
  ) throws {
    let outcome = try Shell.start(
      BuiltProgram.path.string,
      ["--product", "eos", "--personality", "en", "--\(attribute)", found])
    try expectFailure(outcome, 65, "\(attribute)", found, suggestion)
  }

  @Test func aMisspeltBranchIsRefusedWithTheNearestOne() throws {
    let outcome = try Shell.start(BuiltProgram.path.string, ["--product", "eos", "mastre"])
    try expectFailure(outcome, 65, "mastre", "did you mean master?")
  }

  @Test func aMissingHookIsToldBeforeAnythingIsDone() throws {
    try checkout.fixture.write(
      "checkout/config/product/test.ini", "[image]\nhooks_add = 50-nowhere\n")
    try expectFailure(
      try checkout.build(), 65,
      "the hook 50-nowhere that image:hooks names is not in \(checkout.directory)/hooks/image")
    try expectNothingDeployed()
  }

  @Test func aMissingToolIsToldWithItsPackage() throws {
    let program = checkout.directory.appending("bin/image-builder")
    let outcome = try Shell.start(
      "/usr/bin/unshare",
      [
        "--mount", "/bin/bash", "-c",
        "mount --bind /dev/null \"$(readlink -f /usr/bin/mcopy)\"; exec \"$@\"", "bash",
        program.string, "--sysconfdir", checkout.system.string, "--cachedir",
        checkout.cache.string, "--product", "test",
      ])
    try expectFailure(
      outcome, 69,
      "there is no program mcopy, which is needed to fill the EFI system partition; "
        + "install it: apt-get install mtools")
  }

  @Test func aFailingHookIsNamedWithPlaceStatusAndLastLines() throws {
    try checkout.addHook(
      "image", "50-bad", "echo a word of warning\n(exit 7)\necho never\n")
    try checkout.addHook("error", "10-note", "echo error stage saw \"$EIB_HOOK_GROUP\"\n")
    let outcome = try checkout.build()
    let hook = "\(checkout.directory)/hooks/image/50-bad"
    try expectFailure(
      outcome, 2, "the hook image/50-bad (\(hook)) ended with status 7; its last lines:",
      "a word of warning", "\(hook):2: a command ended with status 7",
      "error/10-note: error stage saw error")
    #expect(!outcome.errors.contains("echo never\n"))
    let last = outcome.errors.split(separator: "\n").last
    #expect(last?.contains("the whole log is \(checkout.cache)") == true)
  }

  @Test func aHookThatWritesToUsrIsToldWhy() throws {
    try checkout.addHook("image", "50-usr", "touch \"$OSTREE_DEPLOYMENT\"/usr/file\n")
    try expectFailure(
      try checkout.build(), 2, "Read-only file system",
      "the deployment's /usr is read-only because its files are hard links")
  }

  @Test func aHookCannotHarmTheHost() throws {
    let outside = try checkout.fixture.makeDirectory("outside")
    try checkout.addHook(
      "image", "50-host", "touch '\(outside)/file' /etc/file && exit 1; touch /tmp/x /var/tmp/y\n")
    let outcome = try checkout.build()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!checkout.fixture.exists("outside/file"))
    #expect(access("/etc/file", F_OK) != 0 && access("/tmp/x", F_OK) != 0)
    #expect(access("/var/tmp/y", F_OK) != 0)
  }

  @Test func theLockIsHeldByOneBuild() throws {
    try checkout.addHook(
      "image", "50-wait",
      "touch '\(checkout.cache)/waiting'; while [ ! -e '\(checkout.cache)/go' ]; do sleep 0.1; done\n"
    )
    let first = try checkout.start()
    try checkout.waitForMark("waiting", of: first)
    let second = try checkout.build(["--lock-timeout", "1"])
    #expect(second.status == 75)
    #expect(second.errors.contains("waiting for the build of process \(first.processID)"))
    #expect(second.errors.contains("has held the lock \(checkout.cache)/build/"))
    try checkout.fixture.write("cache/go", "")
    #expect(first.wait().status == 0)
  }

  @Test func anEmptyURLIsAConfigurationError() throws {
    try checkout.writeSystemConfiguration(url: "")
    try expectFailure(
      try checkout.build(), 65, "ostree:url is empty, so there is no OSTree repository to pull from"
    )
  }

  @Test func anUnreachableRemoteIsToldBeforeTheBuild() throws {
    try checkout.writeSystemConfiguration(url: "http://127.0.0.1:1/repo")
    try expectFailure(
      try checkout.build(), 69,
      "the OSTree remote of ostree:url does not answer: cannot fetch http://127.0.0.1:1/repo/config"
    )
  }

  @Test func aMissingSigningKeyIsTold() throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nsigning_keyid = 0123ABCD\n")
    try expectFailure(
      try checkout.build(), 69, "image:signing_keyid is 0123ABCD, but \(checkout.system)/gnupg")
  }

  @Test func aTooLargeImageIsRefused() throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nmax_size = 500M\n")
    try expectFailure(try checkout.build(), 2, "but image:max_size allows 500.0 MiB")
  }

  @Test func aFullFilesystemIsTold() throws {
    let small = try checkout.fixture.makeDirectory("small")
    try Shell.run("mount -t tmpfs -o size=40M tmpfs '\(small)'")
    checkout.fixture.atEnd { _ = try? Shell.run("umount -l '\(small)'") }
    try expectFailure(
      try checkout.build(["--cachedir", small.string]), 2,
      "not enough space on the filesystem of \(small)", "are needed to begin a build")
    try Shell.run("mount -o remount,size=330M '\(small)'")
    try checkout.addHook("image", "50-fill", "head -c 1G /dev/zero > \"$EIB_TMPDIR\"/fill\n")
    try expectFailure(
      try checkout.build(["--cachedir", small.string]), 2,
      "No space left on device", "is full; free space there")
  }

  // MARK: Trees that cannot be trusted

  @Test func aChangedCommitInTheRemoteIsRefused() throws {
    try RepositoryFixture.damage(
      checkout.repository.object(checkout.repository.commit, "commit"))
    try expectFailure(try checkout.build(), 2, "the ostree stage failed: ")
    try expectNothingDeployed()
  }

  @Test func aChangedFileInTheRemoteIsRefused() throws {
    let object = try Shell.run("find '\(checkout.repository.path)/objects' -name '*.filez' | sort")
      .lines[0]
    try RepositoryFixture.damage(FilePath(object))
    try expectFailure(try checkout.build(), 2, "the ostree stage failed: ")
    try expectNothingDeployed()
  }

  @Test func aChangedCommitInTheCacheIsRefused() throws {
    #expect(try checkout.build(["--stages", "ostree"]).status == 0)
    let commit = try Shell.run(
      "find '\(checkout.cache)/ostree' -name '\(checkout.repository.commit.dropFirst(2)).commit'"
    ).lines[0]
    try RepositoryFixture.damage(FilePath(commit))
    try expectFailure(
      try checkout.build(["--stages", "image"]), 2, "cannot be trusted, and nothing was deployed",
      "remove \(checkout.cache)/ostree/eos-amd64 to fetch it anew")
    try expectFailure(try checkout.build(), 2, "error: the ostree stage failed")
    try expectNothingDeployed()
  }

  @Test func aTreeOfAnotherSignerIsRefused() throws {
    let other = try SigningFixture(checkout.fixture, name: "o")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[ostree]\ntrusted_keys = \(other.publicKey)\n")
    try expectFailure(try checkout.build(), 2, "the ostree stage failed: ", "public key")
    try expectNothingDeployed()
  }

  @Test func aPullCutShortIsAnErrorAndTheNextBuildWorks() throws {
    let object = try Shell.run("find '\(checkout.repository.path)/objects' -name '*.filez' | sort")
      .lines[0]
    try Shell.run("cp -p '\(object)' '\(object).kept'; truncate -s 10 '\(object)'")
    let server = try HTTPServer(checkout.repository.path)
    try checkout.writeSystemConfiguration(url: server.url)
    try expectFailure(try checkout.build(), 2, "the ostree stage failed: cannot pull")
    try expectNothingDeployed()
    try Shell.run("mv '\(object).kept' '\(object)'")
    #expect(try checkout.build().status == 0)
  }

  // MARK: Ends from outside

  @Test(arguments: [SIGKILL, SIGTERM, SIGINT])
  func aBuildThatIsEndedLeavesTheHostAsItWas(signal: Int32) throws {
    let wait = "touch '\(checkout.cache)/waiting'; setsid sleep 1000 & sleep 1000\n"
    try checkout.addHook("image", "50-wait.chroot", "sleep 1000 &\n")
    try checkout.addHook("image", "60-wait", wait)
    try checkout.addHook("error", "10-note", "touch '\(checkout.cache)/error-ran'\n")
    let program = try checkout.start()
    try checkout.waitForMark("waiting", of: program)
    program.send(signal)
    let outcome = program.wait()
    #expect(outcome.status == 128 + signal)
    if signal != SIGKILL {
      #expect(checkout.fixture.exists("cache/error-ran"), "\(outcome.errors)")
    }
    var state = try HostState(concerning: checkout.fixture.directory)
    for _ in 0..<200 where !state.processes.isEmpty {
      usleep(50_000)
      state = try HostState(concerning: checkout.fixture.directory)
    }
    #expect(state.mounts.isEmpty && state.processes.isEmpty)
    try checkout.fixture.write("checkout/hooks/image/60-wait", "true\n")
    let next = try checkout.build()
    #expect(next.status == 0, "\(next.errors)")
  }
}
