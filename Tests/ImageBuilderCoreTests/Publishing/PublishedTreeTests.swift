import Bindings
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The repository of trees at a destination, as clients of libostree see it.
@Suite struct PublishedTreeTests {
  private let trees: PublishedTreeFixture
  private var top: FilePath { trees.fixture.path("images") }
  private var published: FilePath { top.appending("ostree") }

  init() throws {
    trees = try PublishedTreeFixture()
    _ = try trees.fixture.makeDirectory("images")
  }

  private func commit(_ text: String, at timestamp: Int) throws -> String {
    try trees.commit(text, at: timestamp)
  }

  @discardableResult
  private func publish(
    _ commit: String, as ref: String = "os/a", host: String = "first", depth: Int = 3
  ) async throws -> [String] {
    try await trees.publish(commit, as: ref, to: LocalFiles(top), host: host, depth: depth)
  }

  private func pull(_ ref: String, to client: String, _ options: String = "") throws -> String {
    try trees.pull(ref, from: published, to: client, options)
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
