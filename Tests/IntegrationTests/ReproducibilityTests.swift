import SystemPackage
import TestSupport
import Testing

/// The same inputs give the same image: later, in another directory, with another number of
/// processors.
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

  /// Builds into a cache of its own, and returns the directory of the outputs.
  private func build(
    _ cache: String, processors: String, environment: [String: String] = [:]
  ) throws -> FilePath {
    let cache = checkout.fixture.path(cache)
    let outcome = try Shell.start(
      "/usr/bin/taskset",
      [
        "-c", processors, checkout.directory.appending("bin/image-builder").string,
        "--sysconfdir", checkout.system.string, "--cachedir", cache.string, "--product", "test",
        "--build-version", "1", "--dry-run",
      ], environment: environment)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return cache.appending("build/test-master-amd64-amd64-base/out")
  }

  @Test(arguments: ["zst", "gz", "xz"])
  func twoBuildsGiveTheSameImage(compression: String) throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\ncompression = \(compression)\n")
    let first = try build("first", processors: "0")
    // Files that are made now are as old as those of the first build to the second.
    try Shell.run("sleep 1.1")
    let second = try build("a/second/one", processors: "0,1")
    let differences = try Shell.run(
      """
      cd '\(first)'; for file in *.img.* *.ostree.txt; do
        case $file in *.asc) continue ;; esac
        cmp "$file" '\(second)'/"$file" || true
      done 2>&1
      """)
    #expect(differences.output == "")
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
