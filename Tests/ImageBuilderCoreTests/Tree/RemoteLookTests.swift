import Configuration
import SystemPackage
import TestSupport
import Testing

@testable import ImageBuilderCore

/// Servers and directories as the look before a build sees them.
@Suite struct RemoteLookTests {
  private let fixture: Fixture
  private let repository: RepositoryFixture
  private var path: FilePath { repository.path }

  init() throws {
    fixture = try Fixture()
    try fixture.write("tree/usr/file", "content\n")
    repository = try RepositoryFixture(fixture, tree: fixture.path("tree"))
  }

  private func look(_ url: String, ref: String = RepositoryFixture.ref) async throws {
    let configuration = try Site(["config/local.ini": "[ostree]\nurl = \(url)\nref = \(ref)\n"])
      .load()
    let source = try TreeSource(configuration, BuildPaths(configuration))
    try await RemoteLook(source: source).check()
  }

  private func refusal(_ url: String, ref: String = RepositoryFixture.ref) async -> String {
    do {
      try await look(url, ref: ref)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    // A HEAD request; two slashes; anything that the look does not need.
    "if self.command == 'HEAD':\n  self.send_error(405)\n  return True\nreturn False",
    "if '//' in self.path:\n  self.send_error(404)\n  return True\nreturn False",
    """
    if self.path.endswith(('/config', '/summary.sig')): return False
    self.send_error(500)
    return True
    """,
  ])
  func aServerFromWhichThePullWorksIsAccepted(answer: String) async throws {
    let server = try HTTPServer(fixture.directory, answer: answer)
    for end in ["", "/", "//"] { try await look("\(server.url)/repo\(end)") }
  }

  @Test func aPathWithBlanksAndEscapesIsFoundOnDiskAndOnAServer() async throws {
    try Shell.run("cd '\(fixture.directory)'; cp -a repo 'a b'; cp -a repo 'a\"?c:d'")
    let server = try HTTPServer(fixture.directory)
    for base in ["file://\(fixture.directory)", server.url] {
      for name in ["a b", "a%20b", "a%22%3Fc:d"] { try await look("\(base)/\(name)/") }
    }
  }

  @Test func whatIsNoRepositoryIsTold() async throws {
    try fixture.write("page/config", "<html>This is a portal.</html>\n")
    let server = try HTTPServer(fixture.directory)
    let shy = try HTTPServer(
      path,
      answer: "if self.path != '/config': return False\nself.send_error(403)\nreturn True")
    for url in [
      shy.url, "\(server.url)/page", "\(server.url)/nowhere", "file://\(fixture.path("tree"))",
    ] {
      #expect(
        await refusal(url).contains("ostree:url is \(url), where there is no OSTree repository"))
    }
  }

  @Test func aSummaryWithoutASignatureIsToldWithTheCommand() async throws {
    try Shell.run("rm '\(path)/summary.sig'")
    let server = try HTTPServer(path)
    #expect(
      await refusal(server.url).contains("(ostree:url) has no signed summary"))
    #expect(
      await refusal("file://\(path)").contains(
        "ostree --repo=\(path) summary --update --gpg-sign=KEYID"))
  }

  @Test func aRepositoryOfAModeThatCannotBeServedIsTold() async throws {
    try Shell.run("sed -i 's/^mode=.*/mode = bare/' '\(path)/config'")
    let server = try HTTPServer(path)
    #expect(
      await refusal(server.url).contains("has the mode bare, from which nothing can be pulled"))
    try await look("file://\(path)")
  }

  @Test func aRefThatIsNotThereIsTold() async throws {
    #expect(
      await refusal("file://\(path)", ref: "os/test/amd64/nosuch").contains(
        "has no ref os/test/amd64/nosuch, which ostree:ref names"))
  }

  @Test func aServerThatNobodyTrustsIsToldWithWhereItsAuthorityGoes() async throws {
    let server = try HTTPServer(path, hasCertificate: true)
    #expect(
      await refusal(server.url).contains("set ostree:tls_ca to the file of its certificate"))
  }
}
