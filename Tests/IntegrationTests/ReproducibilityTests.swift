import SystemPackage
import TestSupport
import Testing

/// The same inputs give the same outputs: at another time, in another directory, and with another
/// number of processors.
@Suite(.serialized) struct ReproducibilityTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.addHook(
      "image", "50-times",
      """
      echo "made by a hook" > "$OSTREE_DEPLOYMENT"/etc/new
      mkdir -p "$OSTREE_VAR"/lib/x && touch -d @86400 "$OSTREE_VAR"/lib/x/old
      ln -s new "$OSTREE_DEPLOYMENT"/etc/link

      """)
  }

  /// Builds with a separate cache, and returns the directory of the outputs.
  private func build(
    _ cache: String, processors: String, publishes: Bool = false,
    environment: [String: String] = [:]
  ) throws -> FilePath {
    let cache = checkout.fixture.path(cache)
    let outcome = try Shell.start(
      "/usr/bin/taskset",
      [
        "-c", processors, checkout.directory.appending("bin/image-builder").string,
        "--sysconfdir", checkout.system.string, "--cachedir", cache.string, "--product", "test",
        "--build-version", "1",
      ] + (publishes ? [] : ["--dry-run"]), environment: environment)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return cache.appending("build/test-master-amd64-amd64-base/out")
  }

  private func compare(_ first: FilePath, _ second: FilePath) throws -> Outcome {
    try Shell.start(
      Checkout.directory.appending("helpers/compare-outputs").string,
      [first.string, second.string])
  }

  @Test(arguments: ["zst", "gz", "xz"])
  func twoBuildsGiveTheSameOutputs(compression: String) throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\ncompression = \(compression)\n")
    let first = try build("first", processors: "0", publishes: true)
    // The files of the two builds must not have modification times in the same second.
    try Shell.run("sleep 1.1")
    let second = try build("a/second/one", processors: "0,1")
    let comparison = try compare(first, second)
    #expect(comparison.status == 0, "\(comparison.output)\(comparison.errors)")
    #expect(
      try Shell.run(
        "cmp '\(first)/SHA256SUMS' '\(second)/SHA256SUMS'; wc -l <'\(first)/SHA256SUMS'"
      )
      .lines == ["5"])
  }

  /// The beginning of time, a commit from the future, and a time that does not fit into 32 bits.
  @Test(arguments: [0, 2_140_000_000, 4_000_000_000])
  func twoBuildsAreTheSameAtTheEdgesOfTime(timestamp: Int) throws {
    try checkout.repository.commit(checkout.fixture.path("tree"), timestamp: timestamp)
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nsecond_disk = true\n")
    let first = try build("first", processors: "0,1")
    try Shell.run("sleep 1.1")
    let second = try build("second", processors: "0,1")
    let comparison = try compare(first, second)
    #expect(comparison.status == 0, "\(comparison.output)\(comparison.errors)")
  }

  /// The default image from one tree, which another checkout pulls and deploys again.
  @Test func theDefaultImageIsTheSameEverywhere() throws {
    let own = Checkout.directory
    let (other, fixture) = (checkout.directory, checkout.fixture)
    try Shell.run(
      """
      cp -R '\(own)/hooks' '\(other)'; rm -r '\(other)/config'
      if git -c safe.directory='*' -C '\(own)' rev-parse --quiet >&2; then
        git -c safe.directory='*' clone --quiet --bare '\(own)' '\(other)/.git'
      fi
      """)
    let config = other.appending("config")
    try Checkout.copyConfiguration(to: config)
    let composed = own.appending(".build/integration-cache")
    let tree = composed.appending("tree")
    let hash = try Shell.run("openssl passwd -6 'a test password' | sed 's/[$]/$$/g'").lines[0]
    try fixture.write("composing/config.ini", "")
    try fixture.write(
      "etc/config.ini",
      """
      [ostree]
      hooks =
      url = file://\(tree)/repo-amd64
      trusted_keys = \(tree)/signing-key.asc
      [login]
      user = tester
      password_hash = \(hash)
      [image]
      signing_keyid = \(checkout.signingKey.fingerprint)
      """)
    func build(
      _ program: FilePath, processors: String, cache: FilePath, system: String, stages: String
    ) throws {
      let outcome = try Shell.start(
        "/usr/bin/taskset",
        [
          "-c", processors, program.string, "--product", "eos", "--personality", "en",
          "--configdir", config.string, "--sysconfdir", fixture.path(system).string,
          "--cachedir", cache.string, "--dry-run",
          "--build-version", "1", "--stages", stages,
        ])
      try #require(outcome.status == 0, "\(outcome.errors)")
    }
    let launcher = own.appending("image-builder")
    try build(launcher, processors: "0,1", cache: composed, system: "composing", stages: "ostree")
    let caches = [fixture.path("first"), fixture.path("a/second/one")]
    let all = "ostree,image,manifest,check"
    try build(launcher, processors: "0,1", cache: caches[0], system: "etc", stages: all)
    try Shell.run("sleep 1.1")
    try build(
      other.appending("bin/image-builder"), processors: "0", cache: caches[1], system: "etc",
      stages: all)
    let outputs = caches.map { $0.appending("build/eos-master-amd64-amd64-en/out") }
    let comparison = try compare(outputs[0], outputs[1])
    #expect(comparison.status == 0, "\(comparison.output)\(comparison.errors)")
    let digests = try Shell.run("cat '\(outputs[0])/SHA256SUMS'").lines
    #expect(digests.count == 5, "\(digests)")
  }

  @Test func whatDiffersIsNamed() throws {
    let first = try build("first", processors: "0,1")
    try checkout.addHook(
      "image", "60-other", "echo text >> \"$OSTREE_DEPLOYMENT\"/etc/new\n")
    let second = try build("second", processors: "0,1")
    let comparison = try compare(first, second)
    #expect(comparison.status == 1)
    for text in [".base.img.zst differs", "partition 3: ", "/etc/new", ".base.config.ini differs"] {
      #expect(comparison.output.contains(text), "\(comparison.output)\(comparison.errors)")
    }
    #expect(!comparison.output.contains("/etc/link"), "\(comparison.output)")
    #expect(!comparison.output.contains("partition 1"), "\(comparison.output)")
  }

  @Test func uniqueIdentifiersAreOfOneBuild() throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nunique_ids = true\n")
    let comparison = try compare(
      try build("first", processors: "0,1"), try build("second", processors: "0,1"))
    #expect(comparison.status == 1)
    #expect(
      comparison.output.contains("the partition tables differ"),
      "\(comparison.output)\(comparison.errors)")
  }

  @Test func noFileIsYoungerThanTheEpoch() throws {
    let output = try build(
      "first", processors: "0", environment: ["SOURCE_DATE_EPOCH": "1700000000"])
    let image = checkout.fixture.path("image")
    try Shell.run("zstd -qdc '\(output)'/*.img.zst > '\(image)'")
    let start = try Shell.run(
      "sfdisk -d '\(image)' | sed -n '/4F68BCE3/s/.*start= *\\([0-9]*\\).*/\\1/p'"
    ).lines[0]
    let root = "'\(image)?offset=\(Int(start)! * 512)'"
    try Shell.run("e2fsck -fn \(root)")
    let deployment = "/ostree/deploy/eos/deploy/\(checkout.repository.commit).0"
    for (path, modified) in [("\(deployment)/etc/new", "0x6553f100"), ("/boot", "0x6553f100")] {
      let facts = try Shell.run("debugfs -R 'stat \(path)' \(root) 2>/dev/null").output
      for (time, value) in [("mtime", modified), ("ctime", "0x6553f100"), ("atime", "0x6553f100")] {
        #expect(facts.contains("\(time): \(value)"), "\(path): \(facts)")
      }
    }
    let old = try Shell.run(
      "debugfs -R 'stat /ostree/deploy/eos/var/lib/x/old' \(root) 2>/dev/null")
    #expect(old.output.contains("mtime: 0x00015180"))
  }
}
