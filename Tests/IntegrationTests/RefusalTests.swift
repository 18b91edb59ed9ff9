import Foundation
import SystemPackage
import TestSupport
import Testing

/// The messages and exit statuses of builds that cannot begin or continue.
@Suite(.serialized) struct RefusalTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
  }

  @Test func anUnknownStageIsAUsageError() throws {
    try checkout.expectFailure(
      try checkout.build(["--stages", "imgae"]), 64,
      "there is no stage imgae; the stages are ostree, image, manifest, check, publish")
  }

  @Test func withoutRootABuildIsRefusedAndAQuestionAnswered() throws {
    try Shell.run("chmod 755 '\(checkout.fixture.directory)'")
    let program = checkout.directory.appending("bin/image-builder").string
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", program, "--product", "test"]
    let outcome = try Shell.start("/usr/bin/setpriv", nobody)
    try checkout.expectFailure(outcome, 69, "a build must run as root", "run it with sudo")
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
    try checkout.expectFailure(outcome, 65, "\(attribute)", found, suggestion)
  }

  @Test func aMisspeltBranchIsRefusedWithTheNearestOne() throws {
    let outcome = try Shell.start(BuiltProgram.path.string, ["--product", "eos", "mastre"])
    try checkout.expectFailure(outcome, 65, "mastre", "did you mean master?")
  }

  @Test func whatNeedsOneDiskIsRefusedWithTwo() throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nsplit = true\niso = true\nvhd = true\n")
    try checkout.expectFailure(
      try checkout.build(), 65,
      "config/local.ini:3: image:iso is true, but its format has one disk",
      "config/local.ini:4: image:vhd is true, but its format has one disk")
    try checkout.expectNothingDeployed()
  }

  @Test func aTreeWithoutSignedProgramsIsToldBeforeHooksRun() throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nsecure_boot = true\n")
    try checkout.addHook("content", "50-never", "echo a hook has run\n")
    let outcome = try checkout.build()
    try checkout.expectFailure(
      outcome, 2, "usr/lib/efi_binaries/secure-boot/EFI/BOOT/BOOTX64.EFI is missing",
      "usr/lib/modules/1.0-test/vmlinuz has no signature", "shim-signed")
    #expect(!outcome.errors.contains("a hook has run"))
  }

  @Test func aMissingHookIsToldBeforeAnythingIsDone() throws {
    try checkout.fixture.write(
      "checkout/config/product/test.ini", "[image]\nhooks_add = 50-nowhere\n")
    try checkout.expectFailure(
      try checkout.build(), 65,
      "the hook 50-nowhere that image:hooks names is not in \(checkout.directory)/hooks/image")
    try checkout.expectNothingDeployed()
  }

  @Test func whatHooksNeedIsToldAtOnceBeforeAnythingIsDone() throws {
    try checkout.addHook("image", "50-x", "$EIB_HELPERSDIR/nowhere\n")
    try checkout.addHook("publish", "50-y", "#!/usr/bin/python3\nimport nowhere\n", mode: 0o755)
    try checkout.addHook("check", "50-z", "#!/nowhere/ruby\n", mode: 0o755)
    try checkout.fixture.write(
      "checkout/config/local.ini", "[buildroot]\npackages_add = nosuch-a dpkg nosuch-b\n")
    let hooks = checkout.directory.appending("hooks")
    try checkout.expectFailure(
      try checkout.build(), 69,
      "local.ini:2: the package nosuch-a of buildroot:packages is not installed",
      "\(hooks)/image/50-x:1: there is no helper \(checkout.directory)/helpers/nowhere",
      "\(hooks)/publish/50-y:2: there is no Python module nowhere",
      "\(hooks)/check/50-z:1: the program /nowhere/ruby of the #! line is not installed",
      "\n  install: apt-get install nosuch-a nosuch-b ruby")
    try checkout.expectNothingDeployed()
  }

  @Test func aBootTestThatNothingAnswersIsRefused() throws {
    let report = "there is no \(checkout.directory)/data/boot-report"
    try checkout.expectFailure(
      try checkout.build(["--boot-test"]), 65,
      "no hook in image:hooks installs one (60-boot-report)", "or set boot_test:success_pattern")
    let hook = try String(
      contentsOfFile: Checkout.directory.appending("hooks/image/60-boot-report").string,
      encoding: .utf8)
    try checkout.addHook("image", "60-boot-report", hook)
    try Shell.run("rm '\(checkout.directory)/data/boot-report'")
    try checkout.expectFailure(try checkout.build(["--boot-test"]), 65, report)
    try checkout.expectNothingDeployed()
  }

  /// A build in the cache of EIB waits for EIB, and EIB for the build.
  @Test func theLockOfEIBIsHonoured() throws {
    try checkout.addHook(
      "ostree", "50-lock",
      "if flock --nonblock /var/lock/eos-image-builder.lock true; then exit 7; fi\n")
    let command = checkout.command(["--stages", "ostree", "--lock-timeout", "0"])
      .filter { $0 != "--cachedir" && $0 != checkout.cache.string }
    func build(_ prepare: String) throws -> Outcome {
      let script = """
        set -e; mount -t tmpfs tmpfs /run/lock; mount -t tmpfs tmpfs /var/cache
        \(prepare)
        exec "$@"
        """
      return try Shell.start(
        "/usr/bin/unshare", ["--mount", "/bin/bash", "-c", script, "bash"] + command)
    }
    let free = try build("")
    #expect(free.status == 0, "\(free.errors)")
    let held = try build(
      "exec 9>/run/lock/eos-image-builder.lock; flock 9; echo 4711 >&9; touch /var/cache/x")
    try checkout.expectFailure(
      held, 75,
      "waiting for the build of process 4711, which holds /var/lock/eos-image-builder.lock",
      "or name another cache with --cachedir")
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
    try checkout.expectFailure(
      outcome, 69,
      "the program mcopy is not installed; it is needed to fill the EFI system partition; "
        + "install it: apt-get install mtools")
  }

  @Test func aFailingHookIsNamedWithPlaceStatusAndLastLines() throws {
    try checkout.addHook(
      "image", "50-bad", "echo a word of warning\n(exit 7)\necho never\n")
    try checkout.addHook("error", "10-note", "echo error stage saw \"$EIB_HOOK_GROUP\"\n")
    let outcome = try checkout.build()
    let hook = "\(checkout.directory)/hooks/image/50-bad"
    try checkout.expectFailure(
      outcome, 2, "the hook image/50-bad (\(hook)) ended with status 7; its last lines:",
      "a word of warning", "\(hook):2: a command ended with status 7",
      "error/10-note: error stage saw error")
    #expect(!outcome.errors.contains("echo never\n"))
    let last = outcome.errors.split(separator: "\n").last
    #expect(last?.contains("the whole log is \(checkout.cache)") == true)
  }

  @Test func aHookThatWritesToUsrIsToldWhy() throws {
    try checkout.addHook("image", "50-usr", "touch \"$OSTREE_DEPLOYMENT\"/usr/file\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "Read-only file system",
      "the deployment's /usr is read-only because its files are hard links")
  }

  @Test func aHookCannotHarmTheHost() throws {
    let outside = try checkout.fixture.makeDirectory("outside")
    let mark = "mark-\(getpid())"
    try checkout.addHook(
      "image", "50-host",
      "touch '\(outside)/file' /etc/\(mark) && exit 1; touch /tmp/\(mark) /var/tmp/\(mark)\n")
    let outcome = try checkout.build()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!checkout.fixture.exists("outside/file"))
    for directory in ["/etc", "/tmp", "/var/tmp"] {
      #expect(access("\(directory)/\(mark)", F_OK) != 0, "\(directory)")
    }
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
    try checkout.expectFailure(
      try checkout.build(), 65,
      "ostree:url is empty, so there is no OSTree repository to pull the tree of test from; set it in "
        + "config/product/test.ini or config/local.ini")
  }

  @Test func aMissingTrustedKeyIsToldBeforeTheBuild() throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[ostree]\ntrusted_keys = /nowhere/key.asc\n")
    try checkout.expectFailure(
      try checkout.build(), 69, "ostree:trusted_keys names /nowhere/key.asc, but there is no such")
  }

  @Test func aURLWithoutASchemeIsAConfigurationError() throws {
    try checkout.writeSystemConfiguration(url: "127.0.0.1/repo")
    try checkout.expectFailure(
      try checkout.build(), 65, "ostree:url is '127.0.0.1/repo'; accepted: the URL of a repository"
    )
  }

  @Test func stagesOfAnotherVersionDoNotGoOn() throws {
    let first = try checkout.build(["--build-version", "7", "--stages", "ostree,image"])
    try #require(first.status == 0, "\(first.errors)")
    try checkout.expectFailure(
      try checkout.build(["--build-version", "8", "--stages", "manifest"]), 65,
      "cannot be run for version 8; add --build-version 7")
    let rest = ["--build-version", "7", "--stages", "manifest,check,publish"]
    #expect(try checkout.build(rest).status == 0)
  }

  @Test func aBuildCanBeginAtTheImageStage() throws {
    for stages in ["ostree", "image,manifest", "check"] {
      let outcome = try checkout.build(["--build-version", "7", "--stages", stages])
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }

  @Test func laterStagesContinueOnlyWithWhatEarlierOnesWouldMakeNow() throws {
    let first = try checkout.build(["--build-version", "7", "--stages", "ostree,image"])
    try #require(first.status == 0, "\(first.errors)")
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nextra_space = 7M\n")
    try checkout.expectFailure(
      try checkout.build(["--stages", "manifest"]), 65,
      "cannot resume at the manifest stage", "the setting image:extra_space was changed",
      "run --from-stage image instead")
    try checkout.fixture.write("checkout/config/local.ini", "")
    try checkout.expectFailure(
      try checkout.build(["--stages", "check"]), 65,
      "the manifest stage has not ended well there", "run --from-stage manifest instead")
  }

  @Test func aTreeThatInstalledSystemsWouldRefuseIsNotPublished() throws {
    let settings =
      "[ostree]\ndeploy_url = https://os.example.org\nref_deploy = os/test/stable\n"
    try checkout.fixture.write("checkout/config/local.ini", settings + "[publish]\ntree = true\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "the ostree stage failed: commit ",
      "is made for \(RepositoryFixture.ref) (ostree.ref-binding)", "as os/test/stable; set ostree:")
    try checkout.fixture.write("checkout/config/local.ini", settings)
    let outcome = try checkout.build(["--stages", "ostree"])
    #expect(
      outcome.status == 0 && outcome.errors.contains("warning: commit "), "\(outcome.errors)")
  }

  @Test(arguments: ["mkdir images; mount -t tmpfs -o ro none images", "touch images"])
  func aDirectoryThatCannotBeWrittenIsToldBeforeTheBuild(script: String) throws {
    let place = try Fixture()
    let images = place.path("images")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[publish]\ndirectory = \(images)\n")
    try Shell.run("cd '\(place.directory)'; \(script)")
    defer { _ = try? Shell.run("umount '\(images)' 2>/dev/null || true") }
    try checkout.expectFailure(
      try checkout.build(), 69, "\(images) (publish:directory) cannot be used: ")
  }

  @Test func aPublishedVersionIsRefusedBeforeTheBuild() throws {
    try checkout.addHook("publish", "50-upload", "echo an upload\n")
    let target = checkout.publishedDirectory(ofVersion: "7")
    try Shell.run("mkdir -p '\(target)'")
    let outcome = try checkout.build(["--build-version", "7"])
    try checkout.expectFailure(
      outcome, 65, ".7.base exists already in \(checkout.published); a published build is never")
    #expect(!outcome.errors.contains("an upload"))
    let made = try Shell.run(
      "cd '\(checkout.cache)'; find . -mindepth 1 ! -name build ! -name '*.lock'")
    #expect(made.output == "")
    let dry = try checkout.build(["--build-version", "7", "--dry-run"])
    #expect(dry.status == 0, "\(dry.errors)")
  }

  /// A user can set the variable, but the process then is not in the namespaces of a build.
  @Test func theVariableOfTheIsolatedProcessAloneIsNotBelieved() throws {
    let held = try checkout.holdLock()
    defer { held.send(SIGTERM) }
    for variable in ["IMAGE_BUILDER_ISOLATED_BUILD", "EIB_BUILD_PROPER"] {
      try checkout.expectLocked(
        try checkout.build(["--lock-timeout", "0"], environment: [variable: "7"]))
    }
    #expect(try Shell.run("findmnt -rno OPTIONS /").output.hasPrefix("rw"))
  }

  @Test func aConfigurationThatChangesWhileABuildWaitsIsNotBuilt() throws {
    let held = try checkout.holdLock()
    let waiting = try checkout.start(["--build-version", "8"])
    while !waiting.errors.contains("waiting for the build of process") { usleep(50_000) }
    let elsewhere = checkout.fixture.path("elsewhere/tmp")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[build]\ntmpdir = \(elsewhere)\n")
    held.send(SIGTERM)
    _ = held.wait()
    try checkout.expectFailure(
      waiting.wait(), 75, "the configuration was changed while this build waited for the lock")
    #expect(!checkout.fixture.exists("elsewhere"))
  }

  @Test func anUnreachableRemoteIsToldBeforeTheBuild() throws {
    try checkout.writeSystemConfiguration(url: "http://127.0.0.1:1/repo")
    try checkout.expectFailure(
      try checkout.build(), 69,
      "the OSTree repository that ostree:url names cannot be used: cannot fetch http://127.0.0.1:1/"
    )
  }

  @Test func aMissingSigningKeyIsTold() throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nsigning_keyid = 0123ABCD\n")
    try checkout.expectFailure(
      try checkout.build(), 69, "image:signing_keyid is 0123ABCD, but \(checkout.system)/gnupg")
  }

  @Test func aTooLargeImageIsRefused() throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nmax_size = 500M\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "more than image:max_size (500.0 MiB) allows")
  }

  @Test func aFullFilesystemIsTold() throws {
    let small = try checkout.fixture.makeDirectory("small")
    try Shell.run("mount -t tmpfs -o size=40M tmpfs '\(small)'")
    checkout.fixture.atEnd { _ = try? Shell.run("umount -l '\(small)'") }
    try checkout.expectFailure(
      try checkout.build(["--cachedir", small.string]), 69,
      "there is not enough space for this build:", "raw image")
    try Shell.run("mount -o remount,size=330M '\(small)'")
    try checkout.addHook("image", "50-fill", "head -c 1G /dev/zero > \"$EIB_TMPDIR\"/fill\n")
    try checkout.expectFailure(
      try checkout.build(["--cachedir", small.string]), 2,
      "No space left on device", "is full; free space there")
  }
}
