import Foundation
import SystemPackage
import TestSupport
import Testing

/// `cache:max_size` removes the content that was least recently used, but nothing that is in use.
@Suite(.serialized) struct CachePruningTests {
  let checkout: CheckoutFixture
  private var repository: FilePath { checkout.cache.appending("ostree/eos-amd64") }
  private var builds: FilePath { checkout.cache.appending("build") }

  /// Builds another branch whose tree has 20 MB more, and runs a build that fails.
  init() throws {
    checkout = try CheckoutFixture()
    let (source, fixture) = (checkout.repository, checkout.fixture)
    let sign = source.key.ostreeOptions
    try Shell.run(
      """
      head -c 20M /dev/urandom >'\(fixture.path("tree"))/usr/share/large'
      ostree --repo='\(source.path)' commit -b os/test/amd64/other -s other \
        --tree=dir='\(fixture.path("tree"))' \(sign)
      ostree --repo='\(source.path)' summary -u \(sign)
      """)
    for branch in ["master", "other"] {
      try fixture.write("checkout/config/branch/\(branch).ini", "")
    }
    try fixture.write("checkout/config/defaults.ini", "[image]\nextra_space = 0\n")
    try checkout.addHook(
      "image", "50-wait",
      """
      case $EIB_PERSONALITY in
        failing) head -c 10M /dev/zero >"$EIB_TMPDIR"/left; exit 1 ;;
        waiting)
          touch "$EIB_CACHEDIR"/waiting
          while [ ! -e "$EIB_CACHEDIR"/go ]; do sleep 0.1; done
      esac

      """)
    let other = try checkout.build(["--dry-run", "other"])
    try #require(other.status == 0, "\(other.errors)")
    try checkout.expectFailure(try checkout.build(["--personality", "failing"]), 2, "50-wait")
    // The content of only the other branch is now the least recently used.
    try Shell.run("touch -d @1000000000 '\(repository)/refs/remotes/eos/os/test/amd64/other'")
  }

  private func build(limit: String, _ more: [String] = []) throws -> Outcome {
    try checkout.fixture.write("checkout/config/local.ini", "[cache]\nmax_size = \(limit)\n")
    return try checkout.build(["--dry-run"] + more)
  }

  private func refs() throws -> [String] {
    try Shell.run("ostree refs --repo='\(repository)' | sort").lines
  }

  @Test func whatWasNotUsedForLongestGoesFirst() throws {
    let failed = "\(builds)/test-master-amd64-amd64-failing"
    let removed = "cache: removed what a build left in \(failed) ("
    let removedRef = "cache: removed eos:os/test/amd64/other from \(repository) ("

    let unlimited = try build(limit: "10G")
    #expect(unlimited.status == 0 && !unlimited.errors.contains("cache: "), "\(unlimited.errors)")

    // 20 MiB of the other branch, 10 MiB of the failed build, and a few MiB that all share.
    let large = try build(limit: "30M")
    #expect(large.status == 0 && large.errors.contains(removed), "\(large.errors)")
    #expect(!large.errors.contains(removedRef))
    #expect(!FileManager.default.fileExists(atPath: failed))
    #expect(try refs() == ["eos:os/test/amd64/master", "eos:os/test/amd64/other"])

    let small = try build(limit: "1M")
    #expect(small.status == 0 && small.errors.contains(removedRef), "\(small.errors)")
    #expect(small.errors.contains("remain, more than cache:max_size (1.0 MiB); builds use them"))
    #expect(try refs() == ["eos:os/test/amd64/master"])
    try Shell.run("ostree fsck -q --repo='\(repository)'")
    let sizeInMebibytes = Int(try Shell.run("du -sm '\(repository)' | cut -f 1").lines[0])
    #expect((sizeInMebibytes ?? 99) < 20)

    // The outputs of the other branch are intact, and the branch can be built again.
    try Shell.run("cd '\(builds)'/test-other-amd64-amd64-base/out; sha256sum --quiet -c SHA256SUMS")
    let again = try build(limit: "", ["other"])
    #expect(again.status == 0, "\(again.errors)")
  }

  @Test func whatARunningBuildUsesStays() throws {
    try checkout.fixture.write("checkout/config/local.ini", "")
    let running = try checkout.start(["--dry-run", "--personality", "waiting", "other"])
    try checkout.waitForMark("waiting", of: running)
    try Shell.run("touch -d @1000000000 '\(repository)/refs/remotes/eos/os/test/amd64/other'")
    let outcome = try build(limit: "1M")
    #expect(outcome.status == 0 && outcome.errors.contains("builds use them"), "\(outcome.errors)")
    #expect(
      outcome.errors.contains(
        "cache: removed what a build left in \(builds)/test-master-amd64-amd64-failing"))
    #expect(!outcome.errors.contains("test-other-amd64-amd64-waiting ("))
    #expect(try refs() == ["eos:os/test/amd64/master", "eos:os/test/amd64/other"])
    try checkout.fixture.write("cache/go", "")
    let finished = running.wait()
    #expect(finished.status == 0, "\(finished.errors)")
  }
}
