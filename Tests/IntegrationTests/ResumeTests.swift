import Foundation
import SystemPackage
import TestSupport
import Testing

/// `--from-stage` continues a failed build, but only if the earlier stages would give the same
/// result.
@Suite(.serialized) struct ResumeTests {
  let checkout: CheckoutFixture
  private var directory: FilePath { checkout.cache.appending("build/test-master-amd64-amd64-base") }
  private var image: FilePath { directory.appending("out/test-master-amd64-amd64.7.base.img.zst") }

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.fixture.write("checkout/config/defaults.ini", "[image]\nextra_space = 0\n")
    try checkout.addHook("image", "50-word", "echo a word >\"$OSTREE_DEPLOYMENT\"/etc/word\n")
    try checkout.addHook(
      "manifest", "50-fact", "echo '{\"fact\": 1}' >\"$EIB_MANIFESTDIR/fact-$RANDOM.json\"\n")
    try setPrivate("[publish]\npassword = correct horse\n")
  }

  private func setPrivate(_ text: String) throws {
    try checkout.fixture.write("etc/private.ini", text, mode: 0o600)
  }

  private func setLocal(_ text: String) throws {
    try checkout.fixture.write("checkout/config/local.ini", text)
  }

  /// Builds with a hook of `group` that leaves files and fails, but only the first time.
  private func failOnce(in group: String) throws {
    try checkout.addHook(
      group, "60-gate",
      """
      [ -e "$EIB_CACHEDIR"/go ] && exit 0
      echo '{"debris": true}' | tee "$EIB_OUTDIR"/debris "$EIB_OUTDIR"/x.partial >"$EIB_MANIFESTDIR"/debris
      exit 1

      """)
    try checkout.expectFailure(
      try checkout.build(["--build-version", "7"]), 2, "the hook \(group)/60-gate")
    #expect(!FileManager.default.fileExists(atPath: "\(directory)/out/x.partial"))
    try checkout.fixture.write("cache/go", "")
  }

  private func resume(_ stage: String, _ more: [String] = []) throws -> Outcome {
    try checkout.build(["--from-stage", stage] + more)
  }

  /// Expects that resuming is refused for these reasons, and that no file is changed.
  private func expectRefusal(
    from stage: String, _ reasons: String..., location: SourceLocation = #_sourceLocation
  ) throws {
    let listing = "find '\(directory)' -type f -printf '%p %s %T@\\n' | sort"
    let before = try Shell.run(listing).output
    let outcome = try resume(stage)
    for reason in reasons + ["cannot resume at the \(stage) stage with what is in \(directory):"] {
      #expect(outcome.errors.contains(reason), "\(outcome.errors)", sourceLocation: location)
    }
    #expect(outcome.status == 65, sourceLocation: location)
    #expect(try Shell.run(listing).output == before, sourceLocation: location)
  }

  @Test(arguments: ["image", "manifest", "check", "publish"])
  func aBuildThatFailedGoesOnAndGivesTheSameBytes(stage: String) throws {
    try failOnce(in: stage)
    let identity = "stat -c '%i %Y' '\(image)'"
    let before = stage == "image" ? "" : try Shell.run(identity).output
    let outcome = try resume(stage)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(try stage == "image" || Shell.run(identity).output == before)
    #expect(outcome.errors.contains("image/50-word: finished") == (stage == "image"))
    #expect(
      outcome.errors.contains("manifest/50-fact: finished")
        == (["image", "manifest"].contains(stage)))
    #expect(try Shell.run("ls '\(directory)'").lines == ["out"])

    let published = "'\(checkout.publishedDirectory(ofVersion: "7"))'"
    let digests =
      "cd \(published); sha256sum --quiet -c SHA256SUMS; ls; cat SHA256SUMS *.img.zst.size"
    let resumed = try Shell.run(digests).output
    try Shell.run("rm -rf \(published)")
    let undisturbed = try checkout.build(["--build-version", "7"])
    try #require(undisturbed.status == 0, "\(undisturbed.errors)")
    #expect(try Shell.run(digests).output == resumed)
  }

  @Test func whatDiffersIsNamed() throws {
    try setPrivate("[publish]\npassword = correct horse\n[image]\ntoken = battery staple\n")
    try failOnce(in: "publish")
    // The hook failed after the version was published; it would be refused for that.
    try Shell.run("rm -r '\(checkout.published)'/test")

    try setLocal("[image]\nhostname = other\n")
    try expectRefusal(
      from: "publish", "the setting image:hostname is new since the image stage",
      "run --from-stage image instead")
    // The outputs contain the public settings.
    try setLocal("[boot_test]\nmemory = 3G\n")
    try expectRefusal(
      from: "publish", "the public setting boot_test:memory was changed since the manifest stage",
      "run --from-stage manifest instead")
    try setLocal("")

    try setPrivate("[publish]\npassword = correct horse\n[image]\ntoken = another staple\n")
    try expectRefusal(from: "check", "the setting image:token was changed since the image stage")
    #expect(try !resume("check").errors.contains("staple"))
    try setPrivate("[publish]\npassword = correct horse\n[image]\ntoken = battery staple\n")

    let word = try checkout.fixture.text("checkout/hooks/image/50-word")
    try checkout.fixture.write("checkout/hooks/image/50-word", word + "true\n")
    try expectRefusal(
      from: "publish", "the hook image/50-word was changed since the image stage")
    try checkout.fixture.write("checkout/hooks/image/50-word", word)

    let version = try resume("publish", ["--build-version", "8"])
    #expect(version.status == 65 && version.errors.contains("add --build-version 7"))

    try Shell.run("cp -p '\(image)' '\(image).kept'; mv '\(image).kept' '\(checkout.cache)/kept'")
    try RepositoryFixture.damage(image)
    try expectRefusal(from: "publish", "\(image) was changed since the image stage")
    unlink(image.string)
    try expectRefusal(from: "publish", "\(image) was removed since the image stage")
    try Shell.run("mv '\(checkout.cache)/kept' '\(image)'")

    // The settings of a stage that has not run may change.
    try setPrivate("[publish]\npassword = better horse\n[image]\ntoken = battery staple\n")
    let outcome = try resume("publish", ["--build-version", "7"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func anotherCommitIsNamed() throws {
    try failOnce(in: "image")
    let source = checkout.repository
    let sign = source.key.ostreeOptions
    let ref = "os/test/amd64/master"
    try Shell.run(
      "ostree --repo='\(source.path)' commit -b \(ref) -s newer --tree=ref=\(source.commit) \(sign);"
        + "ostree --repo='\(source.path)' summary -u \(sign)")
    let other = try checkout.build(["--personality", "other", "--stages", "ostree"])
    try #require(other.status == 0, "\(other.errors)")
    let newer = try Shell.run("ostree --repo='\(source.path)' rev-parse \(ref)").lines[0]
    try expectRefusal(
      from: "image", "holds commit \(newer) now, but held \(source.commit) after the ostree stage",
      "run a whole build instead")
  }

  @Test func recordsAreForRootAlone() throws {
    try failOnce(in: "check")
    #expect(try Shell.run("find '\(directory)'/stages -perm /077").output == "")
    #expect(
      try Shell.run("cd '\(directory)'/stages; ls -d files [imo]*.json").lines == [
        "files", "image.json", "manifest.json", "ostree.json",
      ])
    let texts = try Shell.run("find '\(directory)'/stages -type f -exec cat {} +").output
    #expect(!texts.contains("correct horse"))
  }

  @Test func withoutAnythingToGoOnWithItIsRefused() throws {
    let outcome = try resume("check")
    try checkout.expectFailure(
      outcome, 65, "the ostree stage has not ended well there", "run a whole build instead")
    let both = try resume("check", ["--stages", "check"])
    #expect(both.status == 64 && both.errors.contains("Choose one of --stages and --from-stage."))
  }

  @Test func theRemainingStagesHaveTheVersionOfTheFirstOnes() throws {
    let first = try checkout.build(["--build-version", "7", "--stages", "ostree,image"])
    try #require(first.status == 0, "\(first.errors)")
    let rest = try resume("manifest")
    #expect(rest.status == 0, "\(rest.errors)")
    let published = checkout.publishedDirectory(ofVersion: "7")
    try Shell.run("cd '\(published)'; sha256sum --quiet -c SHA256SUMS")
  }
}
