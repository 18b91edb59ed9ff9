import Bindings
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct RepositoryObjectsTests {
  let fixture: Fixture
  let repository: FilePath
  let commit: String

  init() throws {
    fixture = try Fixture()
    repository = fixture.path("repo")
    try Shell.run("mkdir -p '\(fixture.path("tree/folder"))'")
    for number in 0..<40 { try fixture.write("tree/folder/\(number)", "content \(number)\n") }
    commit = try Shell.run(
      """
      ostree --repo='\(repository)' init --mode=bare
      ostree --repo='\(repository)' commit -b main --tree=dir='\(fixture.path("tree"))'
      """
    ).lines[0]
  }

  private func objects(_ kind: String) throws -> [FilePath] {
    try Shell.run("find '\(repository)/objects' -name '*.\(kind)' | sort").lines.map {
      FilePath($0)
    }
  }

  @Test func aWholeCommitHasNoDamage() async throws {
    #expect(try Repository(opening: repository).objects(of: commit).count == 40 + 2 + 1 + 1)
    #expect(try await CommitIntegrity(in: repository).damaged(of: commit).isEmpty)
  }

  @Test(arguments: ["file", "dirtree", "dirmeta", "commit"])
  func eachDamagedObjectIsNamed(kind: String) async throws {
    let file = try objects(kind)[0]
    try RepositoryFixture.damage(file)
    let damaged = try await CommitIntegrity(in: repository).damaged(of: commit)
    #expect(!damaged.isEmpty)
    let name = file.removingLastComponent().lastComponent!.string + file.stem!
    #expect(kind == "commit" || damaged.contains { $0.contains(name) }, "\(damaged)")
  }

  @Test(arguments: ["file", "dirtree"])
  func aMissingObjectIsNamed(kind: String) async throws {
    let file = try objects(kind)[0]
    try Shell.run("rm '\(file)'")
    let damaged = try await CommitIntegrity(in: repository).damaged(of: commit)
    let name = file.removingLastComponent().lastComponent!.string + file.stem!
    #expect(damaged.contains { $0.contains(name) }, "\(damaged)")
  }
}
