import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The commit that a build would use, without a build.
@Suite struct CommitNowTests {
  private let fixture: Fixture
  private let repository: RepositoryFixture

  init() throws {
    fixture = try Fixture()
    try fixture.write("tree/usr/file", "content\n")
    repository = try RepositoryFixture(fixture, tree: fixture.path("tree"))
  }

  private func find(
    _ url: String, ref: String = RepositoryFixture.ref, hook: String? = nil
  ) async throws -> CommitNow {
    if let hook { try fixture.write("local/hooks/ostree/50-tree", hook, mode: 0o755) }
    try fixture.write(
      "config/defaults.ini",
      "[ostree]\nurl = \(url)\nref = \(ref)\nhooks = \(hook == nil ? "" : "50-tree")\n")
    let configuration = try fixture.configuration()
    return try await CommitNow.find(configuration, BuildPaths(configuration))
  }

  private func refusal(_ url: String, ref: String, hook: String? = nil) async -> String {
    do {
      return "accepted: \(try await find(url, ref: ref, hook: hook))"
    } catch {
      return "\(error)"
    }
  }

  @Test func aServerIsAskedForTheRefAlone() async throws {
    let server = try HTTPServer(
      repository.path,
      answer: "if '/refs/heads/' in self.path: return False\nself.send_error(500)\nreturn True")
    #expect(try await find(server.url) == .commit(repository.commit))
    #expect(try await find("file://\(repository.path)") == .commit(repository.commit))
    #expect(!fixture.exists("cache"))
  }

  @Test(arguments: [
    "self.send_error(404)\nreturn True",
    "self.send_response(200)\nself.end_headers()\nself.wfile.write(b'<html>')\nreturn True",
  ])
  func withoutAFileTheSummaryTells(answer: String) async throws {
    let server = try HTTPServer(
      repository.path, answer: "if '/refs/' not in self.path: return False\n\(answer)")
    #expect(try await find(server.url) == .commit(repository.commit))
    #expect(await refusal(server.url, ref: "os/none").contains("has no ref os/none"))
  }

  @Test func whatIsNotThereIsTold() async throws {
    let server = try HTTPServer(repository.path)
    for url in [server.url, "file://\(repository.path)"] {
      #expect(await refusal(url, ref: "os/none").contains("has no ref os/none"))
    }
    #expect(
      await refusal("file:///nonexistent", ref: "os/none").contains("no OSTree repository"))
    let broken = try HTTPServer(repository.path, answer: "self.send_error(403)\nreturn True")
    #expect(await refusal(broken.url, ref: "os/none").contains("has no ref os/none"))
  }

  @Test func aHookThatComposesAnswersForItsTree() async throws {
    let url = "file://\(repository.path)"
    let head = "#!/bin/bash\n# freshness: yes\n[ \"$EIB_FRESHNESS\" = 1 ] || exit 1\n"
    let commit = String(repeating: "77e0", count: 16)
    #expect(
      try await find(url, hook: head + "echo noise >&2; echo fresh \(commit)\n") == .commit(commit))
    #expect(
      try await find(url, hook: head + "echo stale it is too old\n")
        == .stale(reason: "it is too old"))
    for answer in ["", "fresh", "fresh 77e0", "stale", "maybe", "fresh \(commit) x"] {
      let told = await refusal(url, ref: RepositoryFixture.ref, hook: head + "echo \(answer)\n")
      #expect(told.contains("must print 'fresh COMMIT' or 'stale REASON'"), "\(told)")
    }
    let failed = await refusal(
      url, ref: RepositoryFixture.ref, hook: head + "echo a cause >&2; exit 3\n")
    #expect(failed.contains("ostree/50-tree") && failed.contains("a cause"), "\(failed)")
    // A hook that does not say that it can answer is not run.
    let silent = "#!/bin/bash\ntouch '\(fixture.path("ran"))'\n"
    #expect(try await find(url, hook: silent) == .commit(repository.commit))
    #expect(!fixture.exists("ran"))
    #expect(
      try await find("file://\(fixture.path("none"))", hook: silent)
        == .stale(reason: "there is no tree yet"))
  }
}
