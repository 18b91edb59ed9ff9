import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct RepositoryTests {
  let fixture: Fixture
  let source: RepositoryFixture
  let content: Repository

  init() throws {
    fixture = try Fixture()
    try fixture.write("tree/usr/share/text", "some content\n")
    source = try RepositoryFixture(fixture, tree: fixture.path("tree"))
    content = try Repository(openingOrCreatingBareAt: fixture.path("content"))
  }

  private func pull(url: String, key: FilePath? = nil) throws {
    let remote = Remote(name: "test", url: url)
    try content.replaceRemote(remote, trusting: [key ?? source.key.publicKey])
    try content.pull(
      RepositoryFixture.ref, from: remote, cancellation: Cancellation(), report: { _ in })
  }

  private var contentObjects: [FilePath] {
    get throws {
      try Shell.run("find '\(source.path)/objects' -name '*.filez'").lines.map { FilePath($0) }
    }
  }

  @Test func aPullBringsTheSignedCommit() throws {
    try pull(url: "file://\(source.path)")
    #expect(try content.checksum(of: "test:\(RepositoryFixture.ref)") == source.commit)
    try content.verifyCommit(source.commit, for: "test")
    let commit = try content.commit(source.commit)
    #expect(commit.version == "1.2")
    #expect(commit.timestamp == 1_700_000_000)
    #expect(commit.subject == "A test tree")
    #expect(commit.collectionID == nil)
  }

  @Test(arguments: [0, 38])
  func aConfigurationThatAPowerCutLeftWithoutBytesIsMadeAnew(sizeInBytes: Int) throws {
    try pull(url: "file://\(source.path)")
    try Shell.run("cd '\(content.path)'; : > config; truncate -s \(sizeInBytes) config")
    #expect(throws: GLibError.self) { try Repository(opening: content.path) }
    let reopened = try Repository(openingOrCreatingBareAt: content.path)
    #expect(try reopened.commit(source.commit).version == "1.2")
  }

  @Test func aPullOverHTTPBringsTheSameCommit() throws {
    let server = try HTTPServer(source.path)
    try pull(url: server.url)
    #expect(try content.checksum(of: "test:\(RepositoryFixture.ref)") == source.commit)
  }

  @Test func anUnknownRefIsNil() throws {
    #expect(try content.checksum(of: "test:no/such/ref") == nil)
  }

  @Test func aChangedCommitObjectIsRefused() throws {
    try RepositoryFixture.damage(source.object(source.commit, "commit"))
    #expect(throws: GLibError.self) { try pull(url: "file://\(source.path)") }
    #expect(try content.checksum(of: "test:\(RepositoryFixture.ref)") == nil)
  }

  @Test func aChangedContentObjectOfALocalRemoteIsRefused() throws {
    try RepositoryFixture.damage(#require(contentObjects.first))
    #expect(throws: GLibError.self) { try pull(url: "file://\(source.path)") }
    #expect(try content.checksum(of: "test:\(RepositoryFixture.ref)") == nil)
  }

  @Test func aMissingContentObjectIsRefused() throws {
    try Shell.run("rm '\(try #require(contentObjects.first))'")
    let server = try HTTPServer(source.path)
    #expect(throws: GLibError.self) { try pull(url: server.url) }
    #expect(try content.checksum(of: "test:\(RepositoryFixture.ref)") == nil)
  }

  @Test func aSignatureOfAnotherKeyIsRefused() throws {
    let other = try SigningFixture(fixture, name: "o")
    #expect(throws: GLibError.self) {
      try pull(url: "file://\(source.path)", key: other.publicKey)
    }
  }

  @Test func aPulledCommitIsVerifiedAgainWithTheKeysOfToday() throws {
    try pull(url: "file://\(source.path)")
    let other = try SigningFixture(fixture, name: "o")
    try content.replaceRemote(
      Remote(name: "test", url: "file://\(source.path)"), trusting: [other.publicKey])
    let error = #expect(throws: GLibError.self) {
      try content.verifyCommit(source.commit, for: "test")
    }
    #expect(error?.description.contains("verify the signature of commit \(source.commit)") == true)
  }

  @Test func aFileWithoutAKeyIsNoTrustedKey() throws {
    let empty = try fixture.write("empty.asc", "no key here\n")
    let error = #expect(throws: GLibError.self) {
      try content.replaceRemote(Remote(name: "test", url: "file:///x"), trusting: [empty])
    }
    #expect(error?.description.contains("\(empty)") == true)
  }

  @Test func pruningKeepsWhatARefNeeds() throws {
    try pull(url: "file://\(source.path)")
    _ = try content.prune()
    try content.verifyCommit(source.commit, for: "test")
  }

  @Test func onlyHTTPSNeedsNoSignedSummary() {
    #expect(Remote(name: "a", url: "http://a").verifiesSummary)
    #expect(Remote(name: "a", url: "file:///a").verifiesSummary)
    #expect(!Remote(name: "a", url: "https://a").verifiesSummary)
  }
}
