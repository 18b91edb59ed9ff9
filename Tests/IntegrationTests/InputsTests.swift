import Configuration
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ImageBuilderCore

/// The inputs of builds: recorded, computed without a build, and prescribed.
@Suite(.serialized) struct InputsTests {
  let checkout: CheckoutFixture
  private var directory: FilePath { checkout.cache.appending("build/test-master-amd64-amd64-base") }

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.fixture.write("checkout/config/defaults.ini", "[image]\nextra_space = 0\n")
    try checkout.addHook("inputs", "50-content", "echo \"content $(cat \"$EIB_SRCDIR/probed\")\"\n")
    try checkout.addHook("image", "50-word", "echo a word >\"$OSTREE_DEPLOYMENT\"/etc/word\n")
    try checkout.fixture.write("checkout/probed", "1")
  }

  private func build(_ version: String, _ more: [String] = []) throws -> FilePath {
    let outcome = try checkout.build(["--build-version", version] + more)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return output(version)
  }

  private func output(_ version: String) -> FilePath {
    directory.appending("out/test-master-amd64-amd64.\(version).base.inputs.json")
  }

  private func computed(commit: String, probes: [String: String]) throws -> BuildInputs {
    let configuration = try ConfigurationLoader(
      ConfigurationSources(
        sourceDirectory: checkout.directory, systemDirectory: checkout.system,
        cacheDirectory: checkout.cache)
    ).load(Variant(product: "test", arch: "amd64"), settings: BuildSettings(buildVersion: "9"))
    return try BuildInputs(
      configuration, BuildPaths(configuration), commit: commit, probes: probes,
      files: InputFiles(program: checkout.directory.appending("bin/image-builder-engine")))
  }

  private func text(_ file: FilePath) throws -> String {
    try String(contentsOfFile: file.string, encoding: .utf8)
  }

  /// Commits the same tree again.
  private func commitAgain() throws -> String {
    let source = checkout.repository
    let sign = source.key.ostreeOptions
    let ref = "os/test/amd64/master"
    try Shell.run(
      "ostree --repo='\(source.path)' commit -b \(ref) -s newer --tree=ref=\(source.commit) \(sign);"
        + "ostree --repo='\(source.path)' summary -u \(sign)")
    return try Shell.run("ostree --repo='\(source.path)' rev-parse \(ref)").lines[0]
  }

  @Test func whatABuildRecordsCanBeComputedWithoutIt() throws {
    let secret = "[fleet]\ninputs_key = correct horse battery\n[image]\ntoken = swordfish\n"
    try checkout.fixture.write("etc/private.ini", secret, mode: 0o600)
    let recorded = try text(build("7"))
    let commit = checkout.repository.commit
    let inputs = try computed(commit: commit, probes: ["content": "1"])
    #expect(try inputs.changes(since: BuildInputs(parsing: recorded)) == [])
    #expect(try inputs.text == recorded)
    #expect(!recorded.contains("swordfish"))

    let published = checkout.publishedDirectory(ofVersion: "7")
    let name = "test-master-amd64-amd64.7.base"
    let digest = try Shell.run("sha256sum '\(output("7"))'").lines[0].prefix(64)
    let manifest = try JSONValue(parsing: text(published.appending("\(name).manifest.json")))
    #expect(try manifest["inputs"]?.string == inputs.digest && inputs.digest == digest)
    #expect(manifest["files"]?["\(name).inputs.json"]?["sha256"]?.string == String(digest))
    let sums = try text(published.appending("SHA256SUMS"))
    #expect(sums.contains("\(digest)  \(name).inputs.json\n"))
    let key = checkout.signingKey.publicKey.string
    #expect(try checkout.build(["--verify", published.string, "--key", key]).status == 0)

    try checkout.fixture.write("checkout/probed", "2")
    #expect(
      try computed(commit: commit, probes: ["content": "2"]).changes(since: inputs) == [
        "the probe content was changed"
      ])
  }

  @Test func aBuildThatGoesOnHasTheSameInputs() throws {
    let first = try text(build("7", ["--dry-run", "--stages", "ostree,image,manifest"]))
    // The image was made with this content, whatever there is now.
    try checkout.fixture.write("checkout/probed", "2")
    let outcome = try checkout.build(["--from-stage", "manifest", "--dry-run"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try text(output("7")) == first && first.contains("\"probe content\" : \"1\""))
    // Another cache and another checkout have the same inputs.
    try checkout.fixture.write("checkout/probed", "1")
    try Shell.run("cp -a '\(checkout.directory)' '\(checkout.fixture.path("again"))'")
    let other = try Shell.start(
      checkout.fixture.path("again/bin/image-builder").string,
      [
        "--sysconfdir", checkout.system.string, "--cachedir", checkout.fixture.path("c2").string,
        "--product", "test", "--dry-run", "--build-version", "8",
      ])
    #expect(other.status == 0, "\(other.errors)")
    #expect(
      try Shell.run("cat '\(checkout.fixture.path("c2"))'/build/*/out/*.inputs.json").output
        == first)
  }

  @Test func aBuildWithOtherInputsThanExpectedIsRefused() throws {
    let expected = try checkout.fixture.write("expected.json", try text(build("7", ["--dry-run"])))
    let newer = try commitAgain()
    // The inputs name the commit.
    let again = try build("8", ["--dry-run", "--expect-inputs", expected.string])
    #expect(try text(again) == text(expected))

    try checkout.fixture.write("checkout/hooks/image/50-word", "true\n")
    try checkout.fixture.write("checkout/config/local.ini", "[site]\nname = x\n")
    let probes = try checkout.fixture.write("probes", "content 3\n")
    let refused = try checkout.build([
      "--dry-run", "--expect-inputs", expected.string, "--probes", probes.string,
    ])
    #expect(refused.status == 65)
    for line in [
      "nothing was built, because this host has other inputs than \(expected):",
      "the setting site:name is new", "the hook image/50-word was changed",
      "the probe content was changed",
    ] { #expect(refused.errors.contains(line), "\(refused.errors)") }
    #expect(!refused.errors.contains("pulling"))
    // Nobody reads what a job of a cluster prints.
    #expect(!checkout.fixture.exists("published/.last"))
    _ = try checkout.build(["--expect-inputs", expected.string, "--probes", probes.string])
    let told = try Shell.run(
      "cd '\(checkout.published)'; cat .last/test/master/amd64/amd64/base.json failed/*")
    #expect(told.output.matches(of: #/this host has other inputs than/#).count == 2)

    let other = try checkout.build([
      "--dry-run", "--expect-inputs", expected.string, "--commit", newer,
    ])
    #expect(other.status == 65 && other.errors.contains("names \(checkout.repository.commit)"))
    try checkout.fixture.write("expected.json", "{}x")
    let malformed = try checkout.build(["--expect-inputs", expected.string])
    #expect(malformed.status == 65 && malformed.errors.contains("a JSON object of strings"))
    try checkout.fixture.write("probes", "content\n")
    let badProbes = try checkout.build(["--probes", probes.string])
    #expect(badProbes.status == 65 && badProbes.errors.contains("line 1 of \(probes) is 'content'"))
  }

  @Test func onlyThePinnedCommitIsBuilt() throws {
    let older = checkout.repository.commit
    let newer = try commitAgain()
    for commit in [newer, older] {
      let inputs = try BuildInputs(parsing: text(build("7", ["--dry-run", "--commit", commit])))
      #expect(inputs.commit == commit)
    }
    let malformed = try checkout.build(["--commit", "a13c"])
    #expect(malformed.status == 65 && malformed.errors.contains("--commit is 'a13c'; accepted: "))
    let absent = String(repeating: "77e0", count: 16)
    try checkout.expectFailure(
      try checkout.build(["--dry-run", "--commit", absent]), 2,
      "has no commit \(absent) of os/test/amd64/master, which --commit asks for")
    let both = try checkout.build(["--commit", older, "--refresh-tree"])
    #expect(both.status == 64)
    // Without the option, the newest one is built.
    let last = try BuildInputs(parsing: text(build("8", ["--dry-run"])))
    #expect(last.commit == newer)
  }

  @Test func aCommitOfAnotherRefIsRefused() throws {
    let source = checkout.repository
    let other = try source.commit(
      checkout.fixture.path("tree"), ref: "os/test/amd64/other", timestamp: 1_700_000_001)
    let outcome = try checkout.build(["--dry-run", "--commit", other])
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("os/test/amd64/other"), "\(outcome.errors)")
  }

  @Test func aProbeThatFailsEndsTheBuildBeforeItBegins() throws {
    try checkout.fixture.write("checkout/hooks/inputs/50-content", "echo content\n")
    let outcome = try checkout.build(["--dry-run"])
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("line 1 of the hook inputs/50-content is 'content'"))
    #expect(!outcome.errors.contains("pulling"))
  }
}
