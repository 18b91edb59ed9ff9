import Bindings
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Trees that are published to servers which fail. A client finds the old commit or the new one,
/// always whole, and the next try completes the new one.
@Suite(.serialized) struct PublishedTreeFaultTests {
  private let trees: PublishedTreeFixture
  private let old: String
  private let new: String

  init() throws {
    trees = try PublishedTreeFixture()
    old = try trees.commit("old", at: 1_700_000_000)
    new = try trees.commit("new", at: 1_700_000_100)
  }

  /// Expects that a new client gets one of the commits from a repository.
  ///
  /// - Parameter hasFailed: whether a publisher has failed. The summary may be without its signature
  ///   then.
  private func expect(
    _ commits: [String], in repository: FilePath, _ name: String, hasFailed: Bool = false
  ) throws {
    let found = try trees.pull(from: repository, to: name, verifiesSummary: !hasFailed)
    #expect(commits.contains(found), "\(name)")
  }

  @Test(arguments: [
    ("PUT .*[.]filez", "cut-request"), ("PUT .*[.]dirtree", "403"), ("PUT .*[.]commit$", "403"),
    ("PUT .*[.]commitmeta", "corrupt-request"), ("PUT .*/superblock", "refuse"),
    ("PUT .*/refs/heads", "403"), ("PUT .*/summary$", "cut-request"),
    ("PUT .*/summary.sig", "403"), ("GET .*list-type", "cut"),
  ])
  func anObjectStoreThatFailsHasTheOldTreeOrTheNew(target: String, fault: String) async throws {
    let s3 = try S3Site()
    let publisher = try s3.publisher("1")
    let files = try #require(try s3.destination(publisher).sharedFiles)
    try await trees.publish(old, to: files)
    try s3.store.proxy.set(.init(target, fault, bytes: 5, times: 1000))
    let hasty = try #require(
      try s3.destination(publisher, retry: .quick(attempts: 2)).sharedFiles)
    await #expect(throws: (any Error).self) { try await trees.publish(new, to: hasty) }
    try s3.store.proxy.set()
    try expect([old, new], in: await copy(of: s3, "first"), "1", hasFailed: true)
    try await trees.publish(new, to: files)
    try expect([new], in: await copy(of: s3, "second"), "2")
  }

  /// The repository as the store has it.
  private func copy(of s3: S3Site, _ name: String) async throws -> FilePath {
    let copy = trees.fixture.path(name)
    for (path, bytes) in try await s3.objects() {
      let file = copy.pushing(FilePath(path))
      try Directories.create(file.removingLastComponent())
      try FileAccess.write(bytes, to: file, waitsForDisk: false)
    }
    return copy.appending("ostree")
  }

  @Test(arguments: ["cut 4800", "cut 12000", "cut 20000", "stall 8000"])
  func aBrokenConnectionLeavesTheOldTreeOrTheNew(fault: String) async throws {
    let ssh = try SSHSite(directory: "images")
    let files = try #require(try ssh.destination(ssh.publisher("1")).sharedFiles)
    let repository = ssh.directory.appending("ostree")
    try await trees.publish(old, to: files)
    // Each exchange begins anew, so the fault ends the first one that is long enough.
    try ssh.server.set(fault: fault)
    _ = try? await trees.publish(new, to: files)
    try ssh.server.set(fault: nil)
    try expect([old, new], in: repository, "1", hasFailed: true)
    try await trees.publish(new, to: files)
    try expect([new], in: repository, "2")
    let left = try Shell.run("find '\(ssh.directory)' -name '.*partial*'")
    #expect(left.output == "")
  }
}
