import Bindings
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The repository of trees at a destination, as clients of libostree see it.
@Suite struct PublishedTreeTests {
  private let fixture: Fixture
  private let key: SigningFixture
  private var top: FilePath { fixture.path("images") }
  private var published: FilePath { top.appending("ostree") }
  private let content: FilePath

  init() throws {
    fixture = try Fixture()
    key = try SigningFixture(fixture, name: "k")
    content = fixture.path("content")
    _ = try fixture.makeDirectory("images")
    try Shell.run("ostree --repo='\(content)' init --mode=bare")
  }

  /// Commits a tree with some files that stay the same and one that does not.
  private func commit(_ text: String, at timestamp: Int) throws -> String {
    let tree = fixture.path("tree")
    try Shell.run(
      """
      mkdir -p '\(tree)'/usr/share; seq 20000 >'\(tree)'/usr/share/numbers
      echo '\(text)' >'\(tree)'/usr/share/text
      ostree --repo='\(content)' commit --branch=os/a --bind-ref=os/b --parent=none \
        --tree=dir='\(tree)' --timestamp=@\(timestamp) \(key.ostreeOptions) >'\(fixture.path("commit"))'
      """)
    return try fixture.text("commit").split(separator: "\n").map(String.init)[0]
  }

  /// Publishes a commit from a host.
  ///
  /// - Returns: what was said.
  @discardableResult
  private func publish(
    _ commit: String, as ref: String = "os/a", host: String = "first", depth: Int = 3
  ) async throws -> [String] {
    let site = try Site(["config/product/eos.ini": ""])
    let sources = ConfigurationSources(
      sourceDirectory: site.fixture.directory, systemDirectory: site.fixture.path("etc"),
      cacheDirectory: fixture.path("cache-\(host)"), localDirectory: nil)
    let configuration = try Configuration.load(
      Variant(product: "eos", arch: "amd64"), from: sources,
      settings: BuildSettings(buildVersion: "1"))
    let mirror = try TreeMirror(of: top.string, BuildPaths(configuration)) { _ in }
    let (top, content) = (top, content)
    let lines = Lines()
    try await SigningKey.with(nil, copying: key.home) { key in
      try await PublishedTree(
        files: LocalFiles(top), mirror: mirror, key: key, depth: depth,
        say: { lines.texts.append($0) }
      ).publish(commit, as: ref, from: content) { _ in }
    }
    return lines.texts
  }

  private final class Lines { var texts: [String] = [] }

  /// Pulls a ref as an installed system does, which verifies commits and the summary.
  private func pull(_ ref: String, to client: String, _ options: String = "") throws -> String {
    let server = try HTTPServer(published)
    let ostree = "ostree --repo='\(fixture.path(client))'"
    return try withExtendedLifetime(server) {
      try Shell.run(
        """
        [ -e '\(fixture.path(client))' ] || \(ostree) init --mode=bare-user-only
        \(ostree) remote delete --if-exists r
        \(ostree) remote add --set=gpg-verify-summary=true --gpg-import='\(key.publicKey)' \
          r \(server.url) >&2
        \(ostree) pull \(options) r \(ref) >&2
        \(ostree) rev-parse r:\(ref)
        """
      ).lines[0]
    }
  }

  private func expectWhole(location: SourceLocation = #_sourceLocation) throws {
    // libostree opens a local repository only with these directories, which no HTTP server needs.
    try Shell.run("mkdir -p '\(published)'/refs/remotes '\(published)'/tmp")
    let check = try Shell.start("/usr/bin/ostree", ["fsck", "--quiet", "--repo=\(published)"])
    #expect(check.status == 0, "\(check.output)\(check.errors)", sourceLocation: location)
  }

  @Test func clientsPullWhatWasPublishedAndDeltasToIt() async throws {
    let first = try commit("one", at: 1_700_000_000)
    #expect(
      try await publish(first) == ["os/a in \(top)/ostree is commit \(first)"])
    try expectWhole()
    #expect(try pull("os/a", to: "client") == first)
    #expect(Directories.names(in: published.appending("deltas")).isEmpty)

    let second = try commit("two", at: 1_700_000_100)
    try await publish(second)
    try expectWhole()
    #expect(try pull("os/a", to: "client", "--require-static-deltas") == second)
    #expect(try pull("os/a", to: "new client") == second)

    // An older commit, and another one of the same time, are not what clients expect next.
    for timestamp in [1_700_000_050, 1_700_000_100] {
      let older = try commit("three \(timestamp)", at: timestamp)
      #expect(
        try await publish(older) == [
          "os/a in \(top)/ostree stays at commit \(second), which is not older than commit "
            + "\(older) of this build"
        ])
    }
    let before = try Shell.run("cd '\(published)'; find objects deltas refs -type f -ls").output
    try await publish(second)
    #expect(
      try Shell.run("cd '\(published)'; find objects deltas refs -type f -ls").output == before)
    #expect(try pull("os/a", to: "client") == second)
  }

  @Test func hostsPublishToOneRepository() async throws {
    let first = try commit("one", at: 1_700_000_000)
    let second = try commit("two", at: 1_700_000_100)
    let third = try commit("three", at: 1_700_000_200)
    try await publish(first, as: "os/a", host: "first")
    async let one = publish(second, as: "os/a", host: "first")
    async let other = publish(third, as: "os/b", host: "second")
    _ = try await (one, other)
    try expectWhole()
    #expect(try pull("os/a", to: "client") == second && pull("os/b", to: "client") == third)
    // The second host knows the older commit of os/a by its name only.
    let fourth = try commit("four", at: 1_700_000_300)
    let said = try await publish(fourth, as: "os/a", host: "second")
    #expect(
      said.first == "no static delta from \(second) is made, because this host has not published it"
    )
    #expect(try pull("os/a", to: "client") == fourth && pull("os/b", to: "client") == third)
    let summary = try Shell.run("ostree --repo='\(published)' summary --view").output
    #expect(summary.contains("os/a") && summary.contains("os/b"))
    #expect(summary.contains("\(first)-\(second)"), "\(summary)")
  }

  @Test func whatNoCommitNeedsGoesAfterADay() async throws {
    var commits: [String] = []
    for number in 0..<4 {
      commits.append(try commit("text \(number)", at: 1_700_000_000 + number))
      try await publish(commits[number], depth: 2)
    }
    func isThere(_ commit: String) -> Bool {
      Directories.exists(published.pushing(FilePath(TreeMirror.commitPath(commit))))
    }
    #expect(commits.allSatisfy(isThere))
    let record = published.appending("unneeded.json")
    let text = try FileAccess.text(of: record)
    #expect(text.contains(TreeMirror.commitPath(commits[0])), "\(text)")
    #expect(!text.contains(TreeMirror.commitPath(commits[2])), "\(text)")
    try Shell.run("sed -i -E 's/: [0-9]+/: 1700000000/' '\(record)'")
    let last = try commit("text 4", at: 1_700_000_004)
    try await publish(last, depth: 2)
    #expect(commits.map(isThere) == [false, false, true, true])
    try expectWhole()
    #expect(try pull("os/a", to: "client") == last)
    let deltas = try Shell.run("ostree --repo='\(published)' static-delta list").lines
    #expect(deltas.contains("\(commits[3])-\(last)"), "\(deltas)")
    #expect(!deltas.contains("\(commits[0])-\(commits[1])"), "\(deltas)")
  }

  @Test func aRepositoryWithoutAKeyHasNoStaleSignature() async throws {
    try await publish(try commit("one", at: 1_700_000_000))
    #expect(Directories.exists(published.appending("summary.sig")))
    let site = try Site(["config/product/eos.ini": ""])
    let mirror = try TreeMirror(of: "elsewhere", BuildPaths(site.load())) { _ in }
    try await TreeSummary(files: LocalFiles(top), mirror: mirror, key: nil).write()
    #expect(!Directories.exists(published.appending("summary.sig")))
  }
}
