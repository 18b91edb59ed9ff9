import Foundation
import SystemPackage
import TestSupport
import Testing

/// A build on a filesystem that is too small, or that is filled while the build runs.
@Suite(.serialized) struct SpaceTests {
  private static let name = "test-master-amd64-amd64"

  let checkout: CheckoutFixture
  private let small: FilePath

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.fixture.write("checkout/config/defaults.ini", "[image]\nextra_space = 0\n")
    small = try checkout.fixture.makeDirectory("small")
    let small = small
    checkout.fixture.atEnd { _ = try? Shell.run("umount -l '\(small)' 2>/dev/null || true") }
  }

  private func mountTemporary(_ options: String) throws {
    try Shell.run(
      "umount -l '\(small)' 2>/dev/null || true; mount -t tmpfs -o \(options) tmpfs '\(small)'")
  }

  private func build(_ more: [String] = [], cache: String = "") throws -> Outcome {
    try checkout.build(
      ["--build-version", "7", "--cachedir", small.pushing(FilePath(cache)).string] + more)
  }

  @Test func aBuildThatWouldNotFitIsRefusedWithTheNumbers() throws {
    try mountTemporary("size=20M")
    let outcome = try build(["--debug"])
    try checkout.expectFailure(
      outcome, 69, "there is not enough space for this build:", "one filesystem",
      "free space there, or set another build:cachedir")
    for row in ["pull", "kept free by OSTree", "deployment", "outputs", "raw image", "needed"] {
      #expect(
        outcome.errors.contains(try Regex("\n    \(row) +[0-9.]+ [MK]iB +[0-9]+  ")),
        "\(outcome.errors)")
    }
    #expect(
      outcome.errors.contains(try Regex("\n    free +20.0 MiB +[0-9]+\n")), "\(outcome.errors)")
    #expect(try Shell.run("ls '\(small)'").output == "")
  }

  @Test func aBuildOfTooManyFilesIsRefused() throws {
    try mountTemporary("size=1G,nr_inodes=60")
    let outcome = try build()
    try checkout.expectFailure(outcome, 69, "there is not enough space for this build:")
    #expect(outcome.errors.contains(try Regex("\n    free +1.0 GiB +59\n")), "\(outcome.errors)")
  }

  /// The size of a tree that a hook makes is known only after the hook has run.
  @Test func aShortageFoundInTheOSTreeStageIsCalledOne() throws {
    try mountTemporary("size=300M")
    let made = small.appending("made/repo")
    try checkout.addHook(
      "ostree", "10-tree",
      "mkdir '\(made.removingLastComponent())'; cp -R '\(checkout.repository.path)' '\(made)'\n"
        + "fallocate -l 290M '\(small)/fill'\n")
    try checkout.writeSystemConfiguration(url: "file://\(made)")
    let outcome = try build()
    try checkout.expectFailure(
      outcome, 69, "the ostree stage failed: there is not enough space for this build:")
  }

  @Test func whatIsPublishedNeedsRoomToo() throws {
    try mountTemporary("size=2M")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[publish]\ndirectory = \(small)/published\n")
    try checkout.expectFailure(
      try checkout.build(), 69, "there is not enough space for this build:", "published files")
    try checkout.expectNothingDeployed()
  }

  @Test func aServerThatSaysSizesIsBelieved() throws {
    let source = checkout.repository
    let sign = source.key.ostreeOptions
    try Shell.run(
      """
      head -c 30M /dev/urandom >'\(checkout.fixture.path("tree"))/usr/share/large'
      ostree --repo='\(source.path)' commit -b os/test/amd64/master --generate-sizes \
        --tree=dir='\(checkout.fixture.path("tree"))' \(sign)
      ostree --repo='\(source.path)' summary -u \(sign)
      """)
    let server = try HTTPServer(source.path)
    try checkout.writeSystemConfiguration(url: server.url)
    try mountTemporary("size=60M")
    let outcome = try build()
    try checkout.expectFailure(outcome, 69, "there is not enough space for this build:")
    #expect(
      outcome.errors.contains(try Regex("\n    pull +(3[0-9]|4[0-9])\\.[0-9] MiB +[0-9]+  ")),
      "\(outcome.errors)")
    #expect(try Shell.run("ls '\(small)'").output == "")
  }

  /// The space for the image is asked for before the build and again in the image stage. The last
  /// build's sizes are known to both.
  @Test func theImageStageAsksForWhatTheLookHasAskedFor() throws {
    try mountTemporary("size=1G")
    try checkout.fixture.write(
      "checkout/config/local.ini",
      "[image]\nqcow2 = true\nvm_image = true\nvhd = true\ngce = true\nboot_zip = true\n")
    let first = try build(["--dry-run"])
    try #require(first.status == 0, "\(first.errors)")
    let outcome = try build(["--dry-run", "--debug"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.errors.split(separator: "\n")
    for what in ["outputs", "raw image", "temporary files"] {
      let sizes = lines.compactMap { line in
        line.range(of: "space: \(what): ").map { String(line[$0.upperBound...]) }
      }
      #expect(sizes.count >= 2 && Set(sizes).count == 1, "\(what): \(sizes)")
    }
  }

  @Test func whatTheLastBuildLeftIsFreedFirst() throws {
    try mountTemporary("size=1G")
    let first = try build(["--dry-run"])
    try #require(first.status == 0, "\(first.errors)")
    let outputs = small.appending("build/\(Self.name)-base/out")
    try Shell.run("fallocate -l 200M '\(outputs)/old'")
    try fill(leavingKibibytes: 2 << 10)
    let second = try build(["--dry-run"])
    #expect(second.status == 0, "\(second.errors)")
    try fill(leavingKibibytes: 2 << 10)
    try checkout.expectFailure(
      try build(["--dry-run"]), 69, "there is not enough space for this build:")
    #expect(try Shell.run("ls '\(outputs)'").lines.contains("SHA256SUMS"))
  }

  /// Fills the small filesystem, except for a rest.
  private func fill(leavingKibibytes rest: Int) throws {
    try Shell.run(
      "free=$(df --output=avail -B1024 '\(small)' | tail -n 1); "
        + "fallocate -l $(((free - \(rest)) * 1024)) '\(small)/filler-\(UUID().uuidString)'")
  }

  /// The points at which the filesystem is filled: the group of hooks, and the free space that is
  /// left.
  private static let fillings: [(group: String, kibibytes: [Int])] = [
    ("ostree", [64, 1024, 3072, 8192, 12288, 16384, 20480]),
    ("content", [32, 2048]), ("image", [32, 1024, 4096, 8192]), ("manifest", [0, 4, 16]),
    ("check", [0, 64]), ("publish", [0, 256]),
  ]

  /// A filesystem of 300 MiB becomes full at 20 points. The build must report this once, what it
  /// leaves must be intact, and the next build must succeed with it.
  @Test func aFilesystemThatRunsFullHarmsNothing() throws {
    try Shell.run(
      """
      truncate -s 300M '\(small).ext4'; mkfs.ext4 -q -m 0 '\(small).ext4'
      mount -o loop '\(small).ext4' '\(small)'; mkdir '\(small)'/{cache,published}
      """)
    try checkout.fixture.write(
      "checkout/config/local.ini", "[publish]\ndirectory = \(small)/published\n")
    // If the repository is a local directory, the hooks of the ostree group may create it, and the
    // free space is checked again after them. A server avoids this.
    let server = try HTTPServer(checkout.repository.path)
    try checkout.writeSystemConfiguration(url: server.url)
    for group in Self.fillings.map(\.group) {
      try checkout.addHook(
        group, "10-fill",
        """
        read -r group rest <"$EIB_CACHEDIR"/fill && [ "$group" = "$EIB_HOOK_GROUP" ] || exit 0
        free=$(df --output=avail -B1024 "$EIB_CACHEDIR" | tail -n 1)
        [ "$free" -le "$rest" ] || fallocate -l $(((free - rest) * 1024)) "$EIB_CACHEDIR"/filler

        """)
    }
    try Shell.run("echo none 0 >'\(small)/cache/fill'")
    let undisturbed = try build(cache: "cache")
    try #require(undisturbed.status == 0, "\(undisturbed.errors)")
    let sums = try Shell.run("cat '\(small)'/published/test/*/*/*/*/*/SHA256SUMS").output
    try Shell.run("rm -rf '\(small)'/published/* '\(small)'/cache/{ostree,build}")

    var (tried, failed): (Int, [String: Int]) = (0, [:])
    for (group, rests) in Self.fillings {
      for rest in rests {
        tried += 1
        try Shell.run("echo \(group) \(rest) >'\(small)/cache/fill'")
        let outcome = try build(cache: "cache")
        if outcome.status != 0 {
          failed[group, default: 0] += 1
          expectOneError(outcome, "\(group) \(rest)")
        }
        // Publish hooks run when the version is published.
        try expectNothingIncomplete(
          published: outcome.status == 0 || group == "publish", "\(group) \(rest)")
        try Shell.run("rm -f '\(small)/cache/filler'")
      }
      try Shell.run("echo none 0 >'\(small)/cache/fill'")
      let next = try build(cache: "cache")
      #expect(next.status == 0, "after \(group): \(next.errors)")
      #expect(try Shell.run("cat '\(small)'/published/test/*/*/*/*/*/SHA256SUMS").output == sums)
      try Shell.run("rm -rf '\(small)'/published/*")
    }
    withExtendedLifetime(server) {}
    #expect(tried == 20 && failed.count == Self.fillings.count, "\(failed)")
  }

  private func expectOneError(_ outcome: Outcome, _ point: String) {
    let isShortage = outcome.errors.contains("there is not enough space for this build:")
    #expect(outcome.status == (isShortage ? 69 : 2), "\(point): \(outcome.errors)")
    let lines = outcome.errors.split(separator: "\n")
    let errors = lines.indices.filter { lines[$0].contains(" error: ") }
    #expect(errors.count == 1, "\(point): \(outcome.errors)")
    let text = lines[(errors.first ?? 0)...].joined(separator: "\n")
    // A stage refuses to begin what would not fit, while there is still some space.
    let place = isShortage ? "free space there" : " is full; free space there"
    for words in [" stage failed: ", place, "the whole log is"] {
      #expect(text.contains(words), "\(point): \(outcome.errors)")
    }
  }

  private func expectNothingIncomplete(published: Bool, _ place: String) throws {
    let findings = try Shell.run(
      """
      cd '\(small)'; find cache/build published -name '*.partial' -o -name '*.part' \
        -o -name '\(Self.name)*.img'
      [ ! -e cache/ostree/eos-amd64 ] || ostree fsck -q --repo=cache/ostree/eos-amd64 >/dev/null 2>&1 ||
        echo 'the content repository is damaged'
      for file in cache/build/*/out/*.img.zst; do
        [ ! -e "$file" ] || zstd -qt "$file" 2>&1 || echo "$file is damaged"
      done
      for file in cache/build/*/out/*.json; do
        [ ! -e "$file" ] || python3 -m json.tool "$file" >/dev/null || echo "$file is damaged"
      done
      for file in published/test/*/*/*/*/*/SHA256SUMS; do
        [ ! -e "$file" ] || (cd "$(dirname "$file")"; sha256sum --quiet -c SHA256SUMS)
      done
      """
    ).output
    #expect(findings == "", "\(place): \(findings)")
    let count = try Shell.run("find '\(small)/published' -name SHA256SUMS | wc -l").lines
    #expect(count == [published ? "1" : "0"], "\(place)")
    try Shell.run("rm -rf '\(small)'/published/*")
  }
}
