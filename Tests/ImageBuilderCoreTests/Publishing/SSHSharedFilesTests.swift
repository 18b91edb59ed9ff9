import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The files that builds share at a place that ssh reaches, with a real server.
@Suite(.serialized) struct SSHSharedFilesTests {
  private let ssh: SSHSite

  init() throws {
    ssh = try SSHSite(directory: SSHSite.nameWithSyntax)
  }

  @Test func sharedFilesAreComparedAndSwapped() async throws {
    let files = try #require(try ssh.destination(ssh.publisher("1")).sharedFiles)
    let bytes = (0...255).map { UInt8($0) } + Array("\n".utf8)
    #expect(try await files.read("a/b c") == nil)
    try await ssh.destination(ssh.publisher("1")).check()
    #expect(try await files.replace("a/b c", nil, with: bytes))
    let stored = try #require(try await files.read("a/b c"))
    #expect(stored.bytes == bytes)
    #expect(try await !files.replace("a/b c", nil, with: [1]))
    #expect(try await files.replace("a/b c", stored, with: [2]))
    #expect(try await !files.replace("a/b c", stored, with: [3]))
    // A second try of what has happened already.
    #expect(try await files.replace("a/b c", stored, with: [2]))
    try await files.write([4], to: "a/b c")
    #expect(try await files.read("a/b c")?.bytes == [4])
    try await files.write([], to: "empty")
    #expect(try await files.read("empty")?.bytes == [])
    try await files.link("x/y", to: "a")
    try await files.link("x/y", to: "a")
    #expect(try await files.read("x/y/b c")?.bytes == [4])
  }

  @Test func filesAreAddedInOrderListedAndRemoved() async throws {
    let files = try #require(try ssh.destination(ssh.publisher("1")).sharedFiles)
    try await ssh.destination(ssh.publisher("1")).check()
    let source = try ssh.site.fixture.makeDirectory("objects")
    let names = (0..<500).map { "objects/\($0 % 7)/file \($0)" } + ["config", "last"]
    for name in names { try ssh.site.fixture.write("objects/\(name)", name) }
    try await files.add(names, from: source) { _ in }
    let stored = try await files.files(below: "")
    #expect(Set(stored.map(\.path)).subtracting([".lock"]) == Set(names))
    #expect(stored.first { $0.path == "config" }?.sizeInBytes == 6)
    #expect(try await files.files(below: "objects/3").count == 71)
    #expect(try await files.files(below: "nothing").isEmpty)
    #expect(try await files.read("objects/3/file 3")?.bytes == Array("objects/3/file 3".utf8))
    try await files.remove(names.dropLast() + ["nothing"])
    #expect(try await files.files(below: "").map(\.path).sorted() == [".lock", "last"])
    for fault in ["cut 3000", "cut 6000", "cut 9000"] {
      try ssh.server.set(fault: fault)
      _ = try? await files.add(names.dropLast(), from: source) { _ in }
      try ssh.server.set(fault: nil)
      for file in try await files.files(below: "objects") {
        #expect(file.sizeInBytes == "objects/\(file.path)".utf8.count)
      }
    }
    try await files.add(names.dropLast(), from: source) { _ in }
    let left = try Shell.run("cd \(shellQuoted(ssh.directory.string)); ls -A").lines
    #expect(left == [".lock", "config", "last", "objects"], "\(left)")
  }
}
