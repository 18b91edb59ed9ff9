import Foundation
import SystemPackage
import TestSupport

/// A site with a hook in each group, whose builds run on a private host.
final class CrashSite {
  static let variant = "test-master-amd64-amd64-base"
  static let version = "test/master/amd64/amd64/base/test-master-amd64-amd64.1.base"

  let checkout: CheckoutFixture
  let host: PrivateHost
  /// The SHA256SUMS of an undisturbed build.
  private(set) var expected = ""
  private(set) var timeline = BuildTimeline()

  var fixture: Fixture { checkout.fixture }

  init() throws {
    checkout = try CheckoutFixture()
    host = try PrivateHost(checkout.fixture)
    for (group, name, text) in Self.hooks {
      try checkout.addHook(group, name, "echo begin\n" + text)
    }
    try checkout.fixture.write(
      "checkout/config/local.ini",
      """
      [publish]
      directory = ${build:cachedir}-published
      [image]
      extra_space = 1M
      """)
    for directory in ["seeds/empty/cache", "seeds/outdated", "seeds/current", "disk", "after"] {
      _ = try fixture.makeDirectory(directory)
    }
    try makeSeeds()
  }

  /// The directories in which builds may leave files.
  static let ownDirectories = ["disk", "after", "seeds"]

  private static let hooks = [
    ("ostree", "10-fetch", "sleep 0.05\n"),
    ("content", "10-content", "echo content > \"$OSTREE_VAR\"/content; sleep 0.05\n"),
    (
      "image", "20-host",
      """
      truncate -s 1M "$EIB_TMPDIR"/hook.img; mke2fs -q "$EIB_TMPDIR"/hook.img
      mkdir "$EIB_TMPDIR"/hook; mount -o loop "$EIB_TMPDIR"/hook.img "$EIB_TMPDIR"/hook
      unshare --mount sleep 1000 & first=$!
      setsid sleep 1000 & sleep 0.05; umount "$EIB_TMPDIR"/hook; kill $! "$first"
      echo host > "$OSTREE_DEPLOYMENT"/etc/host

      """
    ),
    ("image", "30-inside.chroot", "sleep 1000 & echo inside > /etc/inside; sleep 0.05; kill $!\n"),
    ("manifest", "10-facts", "echo '{\"site\": 1}' > \"$EIB_MANIFESTDIR\"/site.json\n"),
    ("check", "10-look", "ls \"$EIB_OUTDIR\"; sleep 0.05\n"),
    ("publish", "10-tell", "sleep 0.05\n"),
    ("error", "10-note", "sleep 0.05\n"),
  ]

  /// Starts a build with its cache and published directory in one of `ownDirectories`.
  func start(in place: String) throws -> RunningProgram {
    try host.start(
      checkout.directory.appending("bin/image-builder"),
      [
        "--sysconfdir", checkout.system.string, "--cachedir", cache(place).string,
        "--product", "test", "--build-version", "1",
      ])
  }

  func cache(_ place: String) -> FilePath { fixture.path("\(place)/cache") }
  func published(_ place: String) -> FilePath { fixture.path("\(place)/cache-published") }

  /// Makes caches that contain an older commit of the tree and the current commit.
  private func makeSeeds() throws {
    let repository = checkout.repository
    let ostree = "ostree --repo='\(repository.path)'"
    let sign = repository.key.ostreeOptions
    try build("seeds/outdated")
    try Shell.run(
      """
      echo newer > '\(fixture.path("tree"))'/usr/share/newer
      cp '\(fixture.path("tree"))'/usr/bin/bash '\(fixture.path("tree"))'/usr/share/older
      printf x >> '\(fixture.path("tree"))'/usr/share/older
      \(ostree) commit -b \(RepositoryFixture.ref) -s 'A newer tree' \
        --tree=dir='\(fixture.path("tree"))' \(sign) --timestamp=@1700000001
      \(ostree) summary -u \(sign)
      """)
    let program = try start(in: "seeds/current")
    let clock = ContinuousClock()
    let begin = clock.now
    while program.isRunning {
      timeline.add(BuildProgress(program.errors), after: clock.now - begin)
      usleep(1000)
    }
    timeline.add(BuildProgress(program.errors), after: clock.now - begin)
    let outcome = program.wait()
    guard outcome.status == 0 else { throw ShellFailure(command: "a build", outcome: outcome) }
    expected = try sums("seeds/current")
    for place in ["seeds/outdated", "seeds/current"] {
      try Shell.run("rm -rf '\(cache(place))/build' '\(published(place))'")
    }
  }

  private func build(_ place: String) throws {
    let outcome = try start(in: place).wait()
    guard outcome.status == 0 else { throw ShellFailure(command: "a build", outcome: outcome) }
  }

  private func sums(_ place: String) throws -> String {
    try fixture.text("\(place)/cache/build/\(Self.variant)/out/SHA256SUMS")
  }

  // MARK: Checks

  /// Returns the defects of the content repository and the published outputs, during or after
  /// builds.
  func damage(in place: String) throws -> [String] {
    var damage: [String] = []
    let repository = cache(place).appending("ostree/eos-amd64")
    if FileManager.default.fileExists(atPath: repository.appending("config").string) {
      let check = try Shell.start("/usr/bin/ostree", ["fsck", "--quiet", "--repo=\(repository)"])
      if check.status != 0 { damage.append("ostree fsck: \(check.output)\(check.errors)") }
    }
    let versions = try Shell.run(
      "cd '\(published(place))' 2>/dev/null || exit 0; find . -name 'test-master-*.base' -type d")
    for name in versions.lines {
      let check = try Shell.start(
        "/usr/bin/sha256sum", ["--quiet", "-c", "SHA256SUMS"],
        directory: published(place).appending(name))
      let sums = try? fixture.text("\(place)/cache-published/\(name)/SHA256SUMS")
      if check.status != 0 || sums != expected {
        damage.append("\(name) is published and not whole: \(check.errors)")
      }
    }
    return damage
  }

  /// Returns the defects of a build that ended with 0.
  func flaws(in place: String) throws -> [String] {
    var flaws = try damage(in: place)
    if (try? sums(place)) != expected { flaws.append("the outputs are others") }
    for (directory, expected) in [
      (
        published(place).pushing(FilePath(Self.version)).removingLastComponent(),
        [FilePath(Self.version).lastComponent!.string]
      ),
      (cache(place).appending("build/\(Self.variant)"), ["out"]),
    ] {
      let names = try Shell.run("ls -A '\(directory)'").lines
      if names != expected { flaws.append("\(directory) holds \(names)") }
    }
    flaws += try unpublished(in: place).map { "\($0) is left in the published directory" }
    let index = try fixture.text("\(place)/cache-published/index.json")
    let latest = "\(place)/cache-published/latest/test/master/amd64/amd64/base"
    if !index.contains("\"latest\" : \"test-master-amd64-amd64.1.base\"")
      || (try? fixture.text("\(latest)/SHA256SUMS")) != expected
    {
      flaws.append("the index does not list what is published: \(index)")
    }
    return flaws
  }

  /// Builds with what an ended build has left, and returns the defects.
  func nextBuild(in place: String) throws -> [String] {
    let damage = try damage(in: place)
    // A published build is never overwritten.
    try Shell.run("rm -rf '\(published(place))/\(Self.version)'")
    let outcome = try start(in: place).wait()
    guard outcome.status == 0 else {
      return damage + ["the next build ended with \(outcome.status): \(outcome.errors.suffix(900))"]
    }
    return try damage + flaws(in: place)
  }

  /// The names at the top of the published directory that are not a product.
  private static let sharedNames = [
    ".last", ".lock", "failed", "index.html", "index.json", "latest",
  ]

  /// Returns the names in the published directory that do not belong there. A file of the index that
  /// was not finished is replaced by the next build.
  func unpublished(in place: String) throws -> [String] {
    try Shell.run("ls -A '\(published(place))' 2>/dev/null || true").lines
      .filter { !(Self.sharedNames + ["test"]).contains($0) && !$0.hasPrefix("index.") }
  }
}
