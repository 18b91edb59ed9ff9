import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

/// The summaries that flatpak itself has written.
@Suite struct FlatpakSummaryTests {
  private let fixture: Fixture
  private let remote: FlatpakTestRemote
  private let index: [UInt8]

  init() throws {
    fixture = try Fixture()
    remote = try FlatpakTestRemote(fixture)
    index = try Self.bytes(remote.repository.appending("summary.idx"))
  }

  private static func bytes(_ file: FilePath) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: file.string)))
  }

  /// The bytes of the summary of an architecture.
  private func summary(_ arch: String) throws -> [UInt8] {
    let digest = try #require(FlatpakSummary.digests(inIndex: index)[arch])
    let (part, file) = (remote.repository.appending("summaries/\(digest).gz"), fixture.path(arch))
    try Shell.run("gzip -dc '\(part)' > '\(file)'; echo '\(digest)  \(file)' | sha256sum -c")
    return try Self.bytes(file)
  }

  @Test func anIndexNamesTheSummaryOfEachArchitecture() throws {
    #expect(FlatpakSummary.digests(inIndex: index).count == 2)
    let own = FlatpakSummary(try summary(FlatpakRef.hostArchitecture))
    let ref = "app/org.example.Hello/\(FlatpakRef.hostArchitecture)/stable"
    let commit = try Shell.run("ostree --repo='\(remote.repository)' rev-parse \(ref)").lines[0]
    #expect(own.refs[ref] == FlatpakSummary.Entry(commit: commit, timestamp: 1_704_067_200))
    #expect(own.refs["appstream2/\(FlatpakRef.hostArchitecture)"] != nil)
    #expect(!own.refs.keys.contains { $0.contains("Foreign") })
  }

  @Test func aSummaryOfAllArchitecturesIsReadTheSameWay() throws {
    let all = FlatpakSummary(try Self.bytes(remote.repository.appending("summary")))
    let own = FlatpakSummary(try summary(FlatpakRef.hostArchitecture))
    #expect(all.refs.keys.contains { $0.contains("Foreign") })
    for (ref, entry) in own.refs { #expect(all.refs[ref] == entry, "\(ref)") }
  }

  @Test func bothDeclareTheCollectionAndTheBranch() throws {
    let whole = try Self.bytes(remote.repository.appending("summary"))
    for (bytes, isIndex) in [(index, true), (whole, false)] {
      #expect(FlatpakSummary.collectionID(in: bytes, isIndex: isIndex) == "org.example.Repo")
      #expect(FlatpakSummary.defaultBranch(in: bytes, isIndex: isIndex) == "stable")
      #expect(FlatpakSummary.collectionID(in: [], isIndex: isIndex) == nil)
    }
  }

  @Test func damagedBytesAreReadAsFarAsTheyGo() throws {
    var generator = SeededGenerator(seed: 2)
    func read(_ bytes: [UInt8]) {
      _ = FlatpakSummary(bytes)
      _ = FlatpakSummary.digests(inIndex: bytes)
      for isIndex in [true, false] { _ = FlatpakSummary.collectionID(in: bytes, isIndex: isIndex) }
    }
    for original in [index, try summary(FlatpakRef.hostArchitecture)] {
      for _ in 0..<300 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
          bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
            in: .min ... .max, using: &generator)
        }
        read(bytes)
        read(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))))
      }
    }
    for count in 0..<200 {
      read((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
    #expect(FlatpakSummary([UInt8](repeating: 0xff, count: 500)).refs.isEmpty)
  }
}
