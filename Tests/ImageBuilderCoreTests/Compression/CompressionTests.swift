import Bindings
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct CompressionTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  /// Files with sizes near the piece size, and files of holes, zeros, noise and text, separate and
  /// mixed.
  private static let contents: [String: String] = [
    "text-0": text(0), "text-1": text(1), "text-2": text(2), "text-piece": text(1 << 20),
    "text-piece-less": text((1 << 20) - 1), "text-piece-more": text((1 << 20) + 1),
    "hole": "truncate -s 5M file",
    "odd-hole": "truncate -s 2999999 file",
    "zeros": "head -c 3M /dev/zero >file",
    "noise": "head -c 2500001 /dev/urandom >file",
    "end": "truncate -s 4M file; echo end >>file",
    "mixed": """
    truncate -s 6M file; head -c 900k /bin/bash >part
    dd if=part of=file bs=1k seek=1000 conv=notrunc status=none
    dd if=/dev/urandom of=file bs=1k seek=4000 count=300 conv=notrunc status=none
    """,
  ]

  private static func text(_ sizeInBytes: Int) -> String {
    "python3 -c 'print((\"one two three\\n\" * 99999)[:\(sizeInBytes)], end=\"\")' >file"
  }

  @Test(arguments: Compression.allCases, contents.keys.sorted())
  func whatComesBackIsWhatWentIn(compression: Compression, name: String) async throws {
    let script = try #require(Self.contents[name])
    try Shell.run("cd '\(fixture.directory)'; \(script)")
    let (source, target) = try await compression.compress(
      FramedFile(fixture.path("file")), to: fixture.path("file.\(compression.rawValue)"))
    let facts = try Shell.run(
      """
      cd '\(fixture.directory)'
      sha256sum file file.\(compression.rawValue) | cut -d ' ' -f 1
      stat -c %s file file.\(compression.rawValue)
      """
    ).lines
    #expect(
      facts == [
        source.digest, target.digest, "\(source.sizeInBytes)", "\(target.sizeInBytes)",
      ])
    try Shell.run("cd '\(fixture.directory)'; \(Self.decompression(compression)) | cmp - file")
  }

  /// Returns the commands that decompress the file. A gzip decompressor that stops after one
  /// member, as in installers that use GLib, must get all of the content.
  private static func decompression(_ compression: Compression) -> String {
    switch compression {
    case .zst: "zstd -t -q file.zst; zstd -qdc file.zst"
    case .xz: "xz -dc file.xz"
    case .gz:
      """
      gzip -t file.gz; pigz -t file.gz; python3 -c '
      import sys, zlib
      member = zlib.decompressobj(31)
      sys.stdout.buffer.write(member.decompress(open("file.gz", "rb").read()) + member.flush())
      assert member.eof and not member.unused_data'
      """
    }
  }

  @Test(arguments: [1, 2, 3, 4])
  func theBytesDoNotDependOnTheThreads(threads: Int) async throws {
    let script = try #require(Self.contents["mixed"])
    try Shell.run("cd '\(fixture.directory)'; \(script)")
    let (source, target) = (fixture.path("file"), fixture.path("compressed"))
    for run in [Self.gzip, Self.zstandard] {
      let one = try await BlockingWork.run { try run(source, target, 1, $0) }
      let several = try await BlockingWork.run { try run(source, target, threads, $0) }
      #expect(one == several)
    }
  }

  private typealias Run =
    @Sendable (FilePath, FilePath, Int, BlockingWork.Cancellation) throws -> CompressedFacts
  private static let gzip: Run = {
    try GzipCompression(FramedFile($0), to: $1, threads: $2).run($3)
  }
  private static let zstandard: Run = {
    try ZstandardCompression.run(FramedFile($0), to: $1, threads: $2, $3)
  }

  @Test func programsAreAboutAsSmallAsWithPigz() async throws {
    try Shell.run("cd '\(fixture.directory)'; head -c 12M <(cat /usr/bin/[a-m]*) >file")
    let (_, target) = try await Compression.gz.compress(
      FramedFile(fixture.path("file")), to: fixture.path("file.gz"))
    let size = try Shell.run("pigz -6 -n -c '\(fixture.path("file"))' | wc -c").lines[0]
    #expect(target.sizeInBytes * 100 <= UInt64(size)! * 104)
  }

  @Test(arguments: [Compression.gz, .zst])
  func aTaskThatIsCancelledEnds(compression: Compression) async throws {
    let source = fixture.path("file")
    let target = fixture.path("target")
    try Shell.run("head -c 20M /dev/urandom >'\(source)'")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = try await compression.compress(FramedFile(source), to: target)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func aFullDiskIsTold() async throws {
    let source = fixture.path("file")
    try Shell.run("head -c 9M /dev/urandom >'\(source)'")
    for run in [Self.gzip, Self.zstandard] {
      await #expect(throws: Errno.noSpace) {
        try await BlockingWork.run { try run(source, "/dev/full", 2, $0) }
      }
    }
  }
}
