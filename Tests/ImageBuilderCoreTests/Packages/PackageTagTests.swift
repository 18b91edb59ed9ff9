import Configuration
import SystemPackage
import TestSupport
import Testing
import YAML

@testable import ImageBuilderCore

/// The names of packages: those of clean ones are LinuxKit's, those of changed ones tell each change.
@Suite struct PackageTagTests {
  private let fixture: Fixture
  private var repository: FilePath { fixture.path("repository") }

  init() throws {
    fixture = try Fixture()
    try fixture.write("repository/pkg/a/build.yml", "image: a\n")
    try fixture.write("repository/pkg/a/Dockerfile", "FROM scratch\nCOPY . /\n")
    try fixture.write("repository/pkg/a/file", "text\n")
    try fixture.write("repository/pkg/b/Dockerfile", "FROM scratch\n")
    try fixture.write(
      "repository/pkg/b/build.yml",
      "image: b\norg: example.org/team\nextra-sources: ['../../shared:/shared', ../../notes:notes]\n"
    )
    try fixture.write("repository/shared/file", "shared\n")
    try fixture.write("repository/notes", "notes\n")
    try run(
      "git init -q; git config user.email a@b.c; git config user.name n; git add -A; git commit -qm 1"
    )
  }

  @discardableResult
  private func run(_ script: String) throws -> [String] {
    try Shell.run("cd '\(repository)'; \(script)").lines
  }

  private func tag(
    _ package: String, _ change: (inout PackageRequest) -> Void = { _ in }
  ) async throws -> PackageTag {
    var request = PackageRequest([repository.appending("pkg").appending(package)])
    change(&request)
    let definition = try PackageReading.definition(
      request, request.directories[0], defaults: PackageDefaults())
    return try await PackageTag(definition, hash: request.hash)
  }

  @Test func cleanPackagesBearTheHashOfTheirTree() async throws {
    // The object of git for these files, wherever and whenever they are committed.
    let tree = "4ce08fa9c7fc8eea7a017e16ffa1acd79b2a8f31"
    let a = try await tag("a")
    #expect(a.name.description == "linuxkit/a:\(tree)" && !a.isDirty)
    #expect(a.name.canonical == "docker.io/linuxkit/a:\(tree)")
    // The hashes of the sources follow that of the package.
    let combined = try run(
      "printf %s%s%s $(git rev-parse HEAD:pkg/b HEAD:shared) $(git ls-tree --format='%(objectmode)%(objectname)' HEAD notes) | sha1sum | cut -d' ' -f1"
    )
    let b = try await tag("b")
    #expect(b.name.description == "example.org/team/b:\(combined[0])")
    #expect(b.name.canonical == b.name.description)
    // A later commit elsewhere changes nothing, and neither does a link to the directory.
    try run(
      "echo more >elsewhere; git add -A; git commit -qm 2; ln -s pkg/a link; touch pkg/a/file")
    #expect(try await tag("a") == a)
    var request = PackageRequest([repository.appending("link")])
    request.organization = ""
    let linked = try PackageReading.definition(
      request, request.directories[0], defaults: PackageDefaults())
    #expect(try await PackageTag(linked, hash: nil).name.description == "/a:\(tree)")
  }

  /// Contents, names, modes and links count, also those of extra sources.
  @Test func eachChangeIsAnotherNameAndWhatWillBeCommitted() async throws {
    let clean = try await tag("b").name.tag
    var names: Set<String> = [clean]
    for change in [
      "echo more >>pkg/b/Dockerfile", "chmod 755 pkg/b/Dockerfile", "touch pkg/b/new",
      "mv pkg/b/new pkg/b/ä", "ln -s Dockerfile pkg/b/link", "ln -sf build.yml pkg/b/link",
      "echo more >>shared/file", "echo more >>notes", "chmod 755 notes",
    ] {
      try run(change)
      let dirty = try await tag("b")
      #expect(dirty.isDirty && dirty.name.tag.hasPrefix("\(clean)-dirty-"), "\(change)")
      #expect(names.insert(dirty.name.tag).inserted, "\(change)")
    }
    let suffix = try await tag("b").name.tag.suffix(7)
    #expect(try run("git status --porcelain | wc -l") != ["0"])
    try run("git add -A; git commit -qm 2")
    let committed = try await tag("b")
    #expect(!committed.isDirty && committed.name.tag.hasPrefix(suffix))
    // What git ignores does not count.
    try run("echo ignored >.gitignore; git add -A; git commit -qm 3; echo 1 >pkg/b/ignored")
    #expect(try await tag("b") == committed)
  }

  @Test func optionsTakeThePlaceOfKeys() async throws {
    #expect(try await tag("a") { $0.hash = "abc" }.name.description == "linuxkit/a:abc")
    let hash = try await tag("a").name.tag
    #expect(try await tag("a") { $0.tag = "v-{{ .Hash }}-x" }.name.tag == "v-\(hash)-x")
    await #expect(throws: BadTag.self) { try await tag("a") { $0.hash = "a b" } }
    #expect(throws: ConfigurationError.self) {
      try PackageReading.definition(
        PackageRequest([]), fixture.directory, defaults: PackageDefaults())
    }
  }

  @Test func outsideARepositoryTheTagIsLatestAndErrorsAreErrors() async throws {
    try Shell.run("cp -r '\(repository)/pkg/a' '\(fixture.path("alone"))'")
    let definition = try PackageReading.definition(
      PackageRequest([]), fixture.path("alone"), defaults: PackageDefaults())
    #expect(try await PackageTag(definition, hash: nil).name.tag == "latest")
    try run("mkdir pkg/c; cp pkg/a/* pkg/c")
    let error = await #expect(throws: GitFailure.self) { try await tag("c") }
    #expect(error?.description.contains("commit it first") == true, "\(error as Any)")
    try run("rm -r .git/objects")
    await #expect(throws: GitFailure.self) { try await tag("a") }
  }
}
