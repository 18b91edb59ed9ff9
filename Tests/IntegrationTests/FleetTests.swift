import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// `image-builder fleet list`, `state` and `build` with a small tree.
@Suite(.serialized) struct FleetTests {
  @Test func aFleetIsBuiltOnceAndThenOnlyWhatHasChanged() throws {
    let site = try FleetSite()
    let checkout = site.checkout
    #expect(try site.words() == Array(repeating: "to build", count: 6))
    let first = try site.run("build", ["--build-version", "1", "--jobs", "3"])
    try #require(first.status == 0, "\(first.errors)\(first.output)")
    #expect(first.output.contains("6 variants: 6 built"))
    #expect(try site.words() == Array(repeating: "up to date", count: 6))
    let second = try site.run("build", ["--build-version", "2"])
    #expect(second.status == 0)
    #expect(second.output.contains("6 variants: 6 up to date"))
    for personality in FleetSite.personalities {
      #expect(try site.versions(personality) == ["1"])
    }
    // All have the same commit, and were made of what their inputs.json names.
    try checkout.fixture.write(
      "checkout/config/personality/b.ini", "[image]\nhostname = another\n")
    try checkout.fixture.write(
      "checkout/hooks/image/60-new", "echo new >\"$OSTREE_DEPLOYMENT\"/etc/new\n")
    try checkout.fixture.write("checkout/config/personality/c.ini", "[image]\nhooks = 60-new\n")
    let states = try site.states()
    #expect(states["a"]?["state"]?.string == "up to date")
    #expect(states["b"]?["reasons"]?.members == ["the setting image:hostname is new"])
    #expect(states["c"]?["state"]?.string == "to build")
    #expect(
      states["c"]?["reasons"]?.members.contains("the hook image/60-new is new") == true,
      "\(String(describing: states["c"]))")
    let third = try site.run("build", ["--build-version", "3", "--json"])
    #expect(third.status == 0, "\(third.errors)")
    let results = try JSONValue(parsing: third.output)["variants"]?.members ?? []
    #expect(
      results.map { $0["result"]?.string }.sorted { ($0 ?? "") < ($1 ?? "") }
        == ["built", "built", "up to date", "up to date", "up to date", "up to date"])
    #expect(try site.versions("b") == ["1", "3"])
    #expect(try site.versions("a") == ["1"])
    #expect(try HostState(concerning: checkout.fixture.directory).processes.isEmpty)
  }

  @Test func aNewCommitIsBuiltOnceForAll() throws {
    let site = try FleetSite(3)
    #expect(try site.run("build", ["--build-version", "1"]).status == 0)
    let old = site.checkout.repository.commit
    let new = try site.checkout.repository.commit(
      site.checkout.fixture.path("tree"), timestamp: 1_700_000_001)
    let reasons = try site.states()["a"]?["reasons"]?.members.first?.string ?? ""
    #expect(
      reasons.contains("\(old.prefix(8))") && reasons.contains("\(new.prefix(8))"), "\(reasons)")
    #expect(try site.run("build", ["--build-version", "2"]).status == 0)
    let commits = try Shell.run(
      "cat '\(site.checkout.published)'/test/*/*/*/*/*.2.*/*.ostree.txt | grep -c '\(new)'"
    ).output
    #expect(commits == "3\n")
  }

  @Test func oneFailureStopsNoOther() throws {
    let site = try FleetSite(3)
    let secret = "swordfish-4711"
    try site.checkout.fixture.write(
      "etc/private.ini", "[image]\ntoken = \(secret)\n", mode: 0o600)
    try site.checkout.fixture.write(
      "checkout/hooks/image/50-fail",
      "echo \"$EIB_IMAGE_TOKEN\" \"no luck today $EIB_IMAGE_TOKEN\" >&2\nexit 3\n")
    try site.checkout.fixture.write(
      "checkout/config/personality/b.ini", "[image]\nhooks = 50-fail\n")
    try site.checkout.fixture.write(
      "checkout/config/personality/c.ini", "[image]\npartition_table = nonsense\n")
    let outcome = try site.run("build", ["--build-version", "1"])
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("3 variants: 1 built, 1 failed, 1 wrong"), "\(outcome.output)")
    #expect(outcome.output.contains("no luck today"))
    #expect(outcome.output.contains("nonsense"))
    #expect(try site.versions("a") == ["1"])
    #expect(try site.versions("b") == [])
    let failed = try site.states()["b"]
    #expect(
      failed?["last_failure"]?.string?.contains("50-fail") == true, "\(String(describing: failed))")
    // Nothing private gets out of the build.
    let state = try site.run("state")
    for text in [outcome.output, outcome.errors, state.output, state.errors] {
      #expect(!text.contains(secret), "\(text)")
    }
    let found = try Shell.run(
      """
      cd '\(site.checkout.published)'; test -s .last/test/master/amd64/amd64/b.json
      test -s failed/test-master-amd64-amd64.1.b.build.txt; grep -rl '\(secret)' . || true
      """)
    #expect(found.output == "", "\(found.output)")
  }

  @Test func theSelectionIsBuiltAlone() throws {
    let site = try FleetSite(3)
    let outcome = try site.run("build", ["--build-version", "1", "--only", "a", "--only", "c"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      try [site.versions("a"), site.versions("b"), site.versions("c")] == [["1"], [], ["1"]])
    let wrong = try site.run("list", ["--only", "aa"])
    #expect(wrong.status == 65)
    #expect(wrong.errors.contains("--only"))
    let list = try site.run("list", ["--skip", "b"])
    #expect(list.output == "test/master/amd64/amd64/a\ntest/master/amd64/amd64/c\n")
  }

  @Test func aDestinationThatCannotBeReadIsNotEmpty() throws {
    let site = try FleetSite(2)
    #expect(try site.run("build", ["--build-version", "1"]).status == 0)
    try Shell.run("chmod 000 '\(site.checkout.published)'/test/master")
    defer { _ = try? Shell.run("chmod 755 '\(site.checkout.published)'/test/master") }
    let command = site.command("state").map { "'\($0)'" }.joined(separator: " ")
    let outcome = try Shell.start(
      "/bin/bash",
      [
        "-c",
        "chmod -R a+rX '\(site.checkout.fixture.directory)'/{checkout,etc,cache} 2>/dev/null; "
          + "chmod 000 '\(site.checkout.published)'/test/master; chmod a+x '\(site.checkout.fixture.directory)'; "
          + "setpriv --reuid 65534 --regid 65534 --clear-groups \(command)",
      ])
    #expect(outcome.status == 69, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.errors.contains("ermission denied"))
  }

  @Test func wordsAndBranchesAreToldApart() throws {
    let site = try FleetSite(1)
    // A branch called fleet, as EIB's users write it.
    let branch = try site.checkout.start(["--show-config"], product: "test").wait()
    #expect(branch.status == 0)
    let program = site.checkout.directory.appending("bin/image-builder").string
    let common = [
      "--sysconfdir", site.checkout.system.string, "--cachedir", site.checkout.cache.string,
    ]
    let shown = try Shell.start(
      program, ["fleet", "--product", "test", "--show-config"] + common)
    #expect(shown.output.contains("branch = fleet"), "\(shown.errors)")
    let typing = try Shell.start(program, ["fleet", "bild", "small"])
    #expect(typing.status == 64)
    let unknown = try Shell.start(program, ["fleet", "list", "smal"] + common)
    #expect(unknown.status == 65)
    #expect(unknown.errors.contains("small"), "\(unknown.errors)")
  }

  @Test func theDriverEndsItsBuildsAtASignal() throws {
    let site = try FleetSite(2)
    try site.checkout.addHook("image", "50-wait", "touch \"$EIB_CACHEDIR/waiting\"; sleep 300\n")
    let program = try site.start("build", ["--build-version", "1"])
    try site.checkout.waitForMark("waiting", of: program)
    program.send(SIGTERM)
    let outcome = program.wait()
    #expect(outcome.status == 128 + SIGTERM, "\(outcome.errors)")
    #expect(outcome.errors.contains("\n2 variants: "), "what was done until then is told")
    let state = try HostState(concerning: site.checkout.fixture.directory)
    #expect(state.processes.isEmpty, "\(state.processes)")
    #expect(state.mounts.filter { !$0.hasSuffix("/small tmpfs") }.isEmpty)
  }

  @Test func buildsOfAKilledDriverAreWaitedFor() throws {
    let site = try FleetSite(2)
    try site.checkout.addHook(
      "image", "50-wait",
      "touch \"$EIB_CACHEDIR/waiting\"\nwhile [ ! -e \"$EIB_CACHEDIR/go\" ]; do sleep 0.1; done\n")
    let program = try site.start("build", ["--build-version", "1", "--jobs", "2"])
    try site.checkout.waitForMark("waiting", of: program)
    program.send(SIGKILL)
    _ = program.wait()
    #expect(try site.words().contains("running"))
    let second = try site.start("build", ["--build-version", "2", "--jobs", "2"])
    usleep(1_500_000)
    try site.checkout.fixture.write("cache/go", "")
    let outcome = second.wait()
    #expect(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
    #expect(try site.words() == ["up to date", "up to date"])
    for personality in ["a", "b"] { #expect(try site.versions(personality).count == 1) }
  }

  @Test func whatIsOldOrAskedForIsBuiltAgain() throws {
    let site = try FleetSite(1)
    #expect(try site.run("build", ["--build-version", "1"]).status == 0)
    #expect(try site.run("build", ["--build-version", "2", "--rebuild"]).status == 0)
    #expect(try site.versions("a") == ["1", "2"])
    try site.writeFleet(1, "[fleet]\nmax_age = 1m\n")
    #expect(try site.words() == ["up to date"])
    try Shell.run("touch -d '2 minutes ago' '\(site.checkout.published)'/test/*/*/*/*/*/SHA256SUMS")
    #expect(try site.words() == ["to build"])
    try site.writeFleet(1, "[release]\nend_of_life = 2020-01-01\n")
    #expect(try site.words() == ["end of life"])
    let outcome = try site.run("build", ["--build-version", "3"])
    #expect(outcome.status == 0)
    #expect(try site.versions("a") == ["1", "2"])
  }

  @Test func aDestinationThatIsNewIsCompleted() throws {
    let site = try FleetSite(1)
    let other = site.checkout.fixture.path("other")
    #expect(try site.run("build", ["--build-version", "1"]).status == 0)
    try Shell.run(
      "cp -R '\(site.checkout.published)' '\(other)'; rm -rf '\(site.checkout.published)'")
    try Shell.run("mkdir -p '\(site.checkout.published)'")
    #expect(try site.words() == ["to build"])
    try Shell.run("rm -rf '\(site.checkout.published)'; mv '\(other)' '\(site.checkout.published)'")
    #expect(try site.words() == ["up to date"])
  }

  /// The ref moves while a variant waits for its turn, and while another one is built by somebody else.
  @Test func aRefThatMovesDuringARunChangesNoVariantOfIt() throws {
    let site = try FleetSite(3)
    let checkout = site.checkout
    let server = try HTTPServer(checkout.repository.path)
    try checkout.writeSystemConfiguration(url: server.url)
    try checkout.addHook(
      "image", "50-wait",
      """
      mark="$EIB_CACHEDIR/gate-$EIB_PERSONALITY"
      touch "$EIB_CACHEDIR/waiting-$EIB_PERSONALITY"
      while [ -e "$mark" ]; do sleep 0.1; done

      """)
    for name in ["a", "b"] { try checkout.fixture.write("cache/gate-\(name)", "") }
    let other = try checkout.start(["--personality", "a", "--fleet", "small", "--dry-run"])
    try checkout.waitForMark("waiting-a", of: other)
    let run = try site.start("build", ["--jobs", "1"])
    try checkout.waitForMark("waiting-b", of: run)
    let old = checkout.repository.commit
    let new = try checkout.repository.commit(
      checkout.fixture.path("tree"), timestamp: 1_700_000_001)
    unlink(checkout.cache.appending("gate-b").string)
    try checkout.waitForMark("waiting-c", of: run)
    while run.isRunning, !checkout.fixture.exists("published/test/master/amd64/amd64/c") {
      usleep(50_000)
    }
    unlink(checkout.cache.appending("gate-a").string)
    #expect(other.wait().status == 0)
    let outcome = run.wait()
    #expect(outcome.status == 0, "\(server.url) \(outcome.errors)\(outcome.output)")
    #expect(outcome.output.contains("3 variants: 3 built"), "\(outcome.output)")
    let commits = try [old, new].map { commit in
      try Shell.run(
        "cat '\(checkout.published)'/test/*/*/*/*/*/*.ostree.txt | grep -c '\(commit)' || true"
      )
      .output
    }
    #expect(commits == ["3\n", "0\n"])
    // All have the build version that the command made.
    #expect(try Set(["a", "b", "c"].flatMap(site.versions)).count == 1)
    let reasons = try site.states().values.map { $0["reasons"]?.members.first?.string ?? "" }
    #expect(reasons.allSatisfy { $0.contains("-> \(new.prefix(8))") }, "\(reasons)")
  }

  @Test func twoCommandsAtOnceBuildEachVariantOnce() throws {
    let site = try FleetSite(2)
    let commands = try (0..<2).map { _ in try site.start("build") }
    let outcomes = commands.map { $0.wait() }
    for outcome in outcomes { #expect(outcome.status == 0, "\(outcome.errors)") }
    #expect(
      Set(outcomes.compactMap(\.lines.last)) == [
        "2 variants: 2 built", "2 variants: 2 up to date",
      ])
    #expect(try site.versions("a").count == 1 && site.versions("a") == site.versions("b"))
  }

  /// A build that somebody took for lost publishes the version of this run.
  @Test func aVersionOfTheSameInputsIsASuccess() throws {
    let site = try FleetSite(1)
    let checkout = site.checkout
    // What the image has beside its inputs.
    try checkout.addHook(
      "image", "50-wait",
      """
      date +%s%N >"$OSTREE_DEPLOYMENT/etc/now"
      touch "$EIB_CACHEDIR/waiting"
      while [ -e "$EIB_CACHEDIR/gate" ]; do sleep 0.1; done

      """)
    #expect(try site.run("build", ["--build-version", "1"]).status == 0)
    let (published, lost) = (checkout.published, checkout.fixture.path("lost"))
    let sums = try Shell.run("cat '\(published)'/test/*/*/*/*/*/SHA256SUMS").output
    for (change, status, word) in [
      ("true", Int32(0), "1 built"),
      ("for file in test/*/*/*/*/*/*.inputs.json; do echo '{}' >$file; done", 2, "1 failed"),
    ] {
      try Shell.run("rm -rf '\(lost)'; mv '\(published)' '\(lost)'; cd '\(lost)'; \(change)")
      unlink(checkout.cache.appending("waiting").string)
      try checkout.fixture.write("cache/gate", "")
      let run = try site.start("build", ["--build-version", "1"])
      try checkout.waitForMark("waiting", of: run)
      try Shell.run("mkdir -p '\(published)'; mv '\(lost)/test' '\(published)/test'")
      unlink(checkout.cache.appending("gate").string)
      let outcome = run.wait()
      #expect(outcome.status == status, "\(outcome.errors)\(outcome.output)")
      #expect(outcome.output.contains("1 variant: \(word)"), "\(outcome.output)")
      if status != 0 { #expect(outcome.output.contains("exists already"), "\(outcome.output)") }
      #expect(try Shell.run("cat '\(published)'/test/*/*/*/*/*/SHA256SUMS").output == sums)
    }
  }

  /// One variant composes its tree, which is exclusive; the others pull theirs.
  @Test func composedAndPulledTreesAreBuiltTogether() throws {
    let site = try FleetSite(3)
    let checkout = site.checkout
    let source = checkout.repository.path
    try checkout.fixture.write(
      "checkout/hooks/ostree/10-compose",
      "[ -e \"$EIB_CACHEDIR/composed/config\" ] || cp -a '\(source)' \"$EIB_CACHEDIR/composed\"\n")
    try checkout.fixture.write(
      "checkout/config/personality/b.ini",
      "[ostree]\nurl = file://${build:cachedir}/composed\nhooks = 10-compose\n")
    #expect(
      try site.states()["b"]?["reasons"]?.members == ["there is no version"])
    let outcome = try site.run("build", ["--build-version", "1", "--jobs", "3"])
    #expect(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
    #expect(try site.words() == Array(repeating: "up to date", count: 3))
    let commits = try Shell.run(
      "cat '\(checkout.published)'/test/*/*/*/*/*/*.ostree.txt | grep -c '\(checkout.repository.commit)'"
    ).output
    #expect(commits == "3\n")
  }

  /// A checkout as EIB's users have it, and a branch called `fleet`.
  @Test func anOrdinaryCheckoutHasNoFleets() throws {
    let checkout = try CheckoutFixture()
    try checkout.addHook(
      "image", "50-look", "[ -z \"$EIB_FLEET\" ] && echo \"branch $EIB_BRANCH\"\n")
    let fleet = try checkout.repository.commit(
      checkout.fixture.path("tree"), ref: "os/test/amd64/fleet")
    for (branch, commit) in [("master", checkout.repository.commit), ("fleet", fleet)] {
      let outcome = try checkout.build(["--build-version", "7", branch])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("branch \(branch)"), "\(outcome.errors)")
      let version = "test/\(branch)/amd64/amd64/base/test-\(branch)-amd64-amd64.7.base"
      let text = try checkout.fixture.text(
        "published/\(version)/test-\(branch)-amd64-amd64.7.base.ostree.txt")
      #expect(text.contains(commit))
      try Shell.run("cd '\(checkout.published)/\(version)'; sha256sum --quiet --check SHA256SUMS")
    }
    #expect(!checkout.fixture.exists("cache/fleet"))
    #expect(!checkout.fixture.exists("published/releases"))
    // The word before an option, as EIB's users write it.
    let program = checkout.directory.appending("bin/image-builder").string
    let directories = ["--sysconfdir", checkout.system.string, "--cachedir", checkout.cache.string]
    let first = try Shell.start(
      program, ["fleet", "--product", "test", "--build-version", "8", "--dry-run"] + directories)
    #expect(first.status == 0 && first.errors.contains("branch fleet"), "\(first.errors)")
    let absent = try Shell.start(program, ["fleet", "list", "nightly"] + directories)
    #expect(absent.status == 65 && absent.errors.contains("unknown fleet"), "\(absent.errors)")
  }
}
