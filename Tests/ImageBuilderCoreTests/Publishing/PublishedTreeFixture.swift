import Bindings
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Commits that are published as trees, and clients of libostree that pull them.
struct PublishedTreeFixture {
  let fixture: Fixture
  let key: SigningFixture
  let content: FilePath

  init() throws {
    fixture = try Fixture()
    key = try SigningFixture(fixture, name: "k")
    content = fixture.path("content")
    try Shell.run("ostree --repo='\(content)' init --mode=bare")
  }

  /// Commits a tree with some files that stay the same and one that does not.
  func commit(_ text: String, at timestamp: Int) throws -> String {
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
  func publish(
    _ commit: String, as ref: String = "os/a", to files: any SharedFiles, host: String = "first",
    depth: Int = 3
  ) async throws -> [String] {
    let site = try Site(["config/product/eos.ini": ""])
    let sources = ConfigurationSources(
      sourceDirectory: site.fixture.directory, systemDirectory: site.fixture.path("etc"),
      cacheDirectory: fixture.path("cache-\(host)"))
    let configuration = try Configuration.load(
      Variant(product: "eos", arch: "amd64"), from: sources,
      settings: BuildSettings(buildVersion: "1"))
    let mirror = try TreeMirror(of: files.place, BuildPaths(configuration)) { _ in }
    let lines = Lines()
    try await SigningKey.with(nil, copying: key.home) { key in
      try await PublishedTree(
        files: files, mirror: mirror, key: key, depth: depth, say: { lines.texts.append($0) }
      ).publish(commit, as: ref, from: content) { _ in }
    }
    return lines.texts
  }

  private final class Lines { var texts: [String] = [] }

  /// Pulls a ref as an installed system does, which verifies commits.
  ///
  /// - Parameters:
  ///   - repository: the directory that an HTTP server serves.
  ///   - verifiesSummary: whether the signature of the summary must be right, too.
  /// - Returns: the commit.
  func pull(
    _ ref: String = "os/a", from repository: FilePath, to client: String, _ options: String = "",
    verifiesSummary: Bool = true
  ) throws -> String {
    let server = try HTTPServer(repository)
    let ostree = "ostree --repo='\(fixture.path(client))'"
    return try withExtendedLifetime(server) {
      try Shell.run(
        """
        [ -e '\(fixture.path(client))' ] || \(ostree) init --mode=bare-user-only
        \(ostree) remote delete --if-exists r
        \(ostree) remote add --set=gpg-verify-summary=\(verifiesSummary) \
          --gpg-import='\(key.publicKey)' r \(server.url) >&2
        \(ostree) pull \(options) r \(ref) >&2
        \(ostree) rev-parse r:\(ref)
        """
      ).lines[0]
    }
  }
}
