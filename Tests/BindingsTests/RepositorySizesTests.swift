import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct RepositorySizesTests {
  let fixture: Fixture
  let source: RepositoryFixture

  init() throws {
    fixture = try Fixture()
    try fixture.write("tree/usr/share/text", String(repeating: "some content\n", count: 10_000))
    try fixture.write("tree/usr/share/other", "other content\n")
    try Shell.run("ln -s text '\(fixture.path("tree"))/usr/share/link'")
    source = try RepositoryFixture(fixture, tree: fixture.path("tree"))
  }

  @Test func aRepositoryAndACommitSayTheSameSizes() throws {
    let archive = try Repository(opening: source.path)
    let objects = try archive.sizedObjects(of: source.commit)
    #expect(sizes(of: contents(objects)) == [14, 130_000])

    let silent = try bytes(of: source.commit)
    #expect(Repository.sizedObjects(inCommit: silent) == nil)
    let sized = try Shell.run(
      "ostree --repo='\(source.path)' commit --generate-sizes -b sized --tree=dir='\(fixture.path("tree"))'"
    ).lines[0]
    let told = try #require(Repository.sizedObjects(inCommit: try bytes(of: sized)))
    #expect(contents(told) == contents(objects))
    for object in told { #expect(try archive.holds(object.name)) }
    let empty = try Repository(openingOrCreatingBareAt: fixture.path("empty"))
    #expect(try told.allSatisfy { try !empty.holds($0.name) })
  }

  @Test func whatIsNoCommitSaysNothing() throws {
    let sized = try Shell.run(
      "ostree --repo='\(source.path)' commit --generate-sizes -b sized --tree=dir='\(fixture.path("tree"))'"
    ).lines[0]
    let whole = try bytes(of: sized)
    for length in stride(from: 0, to: whole.count, by: 7) {
      let found = Repository.sizedObjects(inCommit: Array(whole.prefix(length)))
      #expect(found == nil || found!.count < 20)
    }
    #expect(Repository.sizedObjects(inCommit: [UInt8](repeating: 0xff, count: 1000)) == nil)
  }

  /// Returns the objects of the two files. No other object has these sizes.
  private func contents(_ objects: [SizedObject]) -> [SizedObject] {
    objects.filter { $0.sizeInBytes == 14 || $0.sizeInBytes == 130_000 }
      .sorted { $0.sizeInBytes < $1.sizeInBytes }
  }

  private func sizes(of objects: [SizedObject]) -> [UInt64] { objects.map(\.sizeInBytes) }

  private func bytes(of commit: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: source.object(commit, "commit").string)))
  }
}
