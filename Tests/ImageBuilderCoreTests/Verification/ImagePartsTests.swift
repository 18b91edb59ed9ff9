import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct ImagePartsTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  private func image(_ script: String) throws -> RawDiskImage {
    let path = fixture.path("disk")
    try Shell.run("truncate -s 8M '\(path)'; sfdisk -q '\(path)' <<'END'\n\(script)\nEND\n")
    return RawDiskImage(path: path, sizeInBytes: 8 << 20)
  }

  private func gpt() throws -> RawDiskImage {
    try image(
      """
      label: gpt
      start=2048, size=2048, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
      start=4096, size=4096, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709
      """)
  }

  private func change(_ image: RawDiskImage, at offset: Int, to bytes: [UInt8]) throws {
    let file = try FileDescriptor.open(image.path, .writeOnly)
    defer { try? file.close() }
    try file.writeAll(toAbsoluteOffset: Int64(offset), bytes)
  }

  @Test func tablesAreReadAsTheyWereWritten() throws {
    let gpt = try ImagePartitions(of: try gpt())
    #expect(gpt.partitions.map(\.role) == [.efiSystem, .root])
    #expect(gpt.partitions.map(\.sectors) == [2048...4095, 4096...8191])
    let dos = try ImagePartitions(
      of: try image("label: dos\nstart=2048, size=2048, type=ef\nstart=4096, type=83"))
    #expect(dos.partitions.map(\.role) == [.efiSystem, .root])
    #expect(dos.partitions[1].sizeInBytes == 6 << 20)
  }

  /// Changes each significant byte of both headers, and some bytes of the entries.
  @Test func noByteOfAGPTChangesUnseen() throws {
    let image = try gpt()
    let size = Int(image.sizeInBytes)
    let entries = [1024, 1024 + 127, 1024 + 128 * 127, size - 512 * 33, size - 513]
    for offset in Array(512..<604) + Array((size - 512)..<(size - 420)) + entries {
      let original = try #require(FileHandle(forReadingAtPath: image.path.string))
      try original.seek(toOffset: UInt64(offset))
      let byte = try #require(try original.read(upToCount: 1)?.first)
      try original.close()
      try change(image, at: offset, to: [byte ^ 0x10])
      #expect(throws: ImagePartitions.Damage.self, "\(offset)") {
        try ImagePartitions(of: image)
      }
      try change(image, at: offset, to: [byte])
    }
    #expect(throws: Never.self) { try ImagePartitions(of: image) }
  }

  @Test(arguments: [
    ([0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0], "beyond its end"),
    ([0, 0, 0, 0, 1, 0, 0, 0], "begins at the table"),
    ([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], "beyond its end"),
    ([0, 9, 0, 0, 0, 9, 0, 0], "overlaps another"),
  ])
  func nonsenseInADOSTableIsTold(entry: [UInt8], problem: String) throws {
    let image = try image("label: dos\nstart=2048, size=2048, type=ef\nstart=4096, type=83")
    try change(image, at: 446 + 16 + 8, to: entry)
    let error = #expect(throws: ImagePartitions.Damage.self) { try ImagePartitions(of: image) }
    #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
  }

  @Test func imagesWithoutATableAreTold() throws {
    for size in [0, 1, 512, 1 << 20] {
      let path = try fixture.write("empty", "")
      try Shell.run("truncate -s \(size) '\(path)'")
      #expect(throws: ImagePartitions.Damage.self, "\(size)") {
        try ImagePartitions(of: RawDiskImage(path: path, sizeInBytes: UInt64(size)))
      }
    }
  }

  private func extract(_ script: String, _ size: UInt64) async throws -> ExtractedImage {
    let raw = fixture.path("raw.zst")
    try Shell.run("cd '\(fixture.directory)'; { \(script); } > raw; zstd -q raw -o '\(raw)'")
    let digest = try Shell.run("sha256sum '\(fixture.path("raw"))' | cut -c -64").lines[0]
    return try await ExtractedImage(
      .file(raw),
      ReadManifest.RawImage(
        compressionType: "zst", sizeInBytes: size, diskSizeInBytes: size, digest: digest),
      to: fixture.path("extracted"))
  }

  @Test func anImageIsUnpackedWithItsHoles() async throws {
    let image = try await extract(
      "echo begin; head -c 20M /dev/zero; echo middle; head -c 9M /dev/zero", (29 << 20) + 13)
    try Shell.run("cmp '\(fixture.path("raw"))' '\(image.path)'")
    let allocated = try Shell.run("du --block-size=1M '\(image.path)'").lines[0]
    #expect(["0", "1", "2"].contains { allocated.hasPrefix("\($0)\t") }, "\(allocated)")
  }

  @Test(arguments: [
    (Compression.gz, "gzip -c", "head -c -9", "the file is truncated"),
    (.gz, "gzip -c", "{ cat; echo; }", "data after the end"),
    (.gz, "cat", "cat", "not a gzip file"),
    (.zst, "zstd -qc", "head -c -9", "the file is truncated"),
    (.zst, "zstd -qc", "{ cat; echo; }", "frame"),
    (.zst, "cat", "cat", "Unknown frame"),
    (.xz, "xz -c", "head -c -9", "nexpected end"),
  ])
  func whatCannotBeUnpackedIsTold(
    compression: Compression, packer: String, damage: String, reason: String
  ) async throws {
    let (raw, packed) = (fixture.path("raw"), fixture.path("packed"))
    try Shell.run(
      "seq 100000 >'\(raw)'; \(packer) <'\(raw)' | \(damage) >'\(packed)'")
    let content = try FileFacts(of: raw)
    let error = await #expect(throws: ExtractedImage.Mismatch.self) {
      try await ExtractedImage(
        .file(packed),
        ReadManifest.RawImage(
          compressionType: compression.rawValue, sizeInBytes: content.sizeInBytes,
          diskSizeInBytes: content.sizeInBytes, digest: content.digest),
        to: fixture.path("extracted"))
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [Compression.gz, .zst, .xz])
  func everyFormatIsUnpacked(compression: Compression) async throws {
    let (raw, packed) = (fixture.path("raw"), fixture.path("packed"))
    try Shell.run(
      """
      { head -c 3000001 /dev/urandom; head -c 5M /dev/zero; echo end; } >'\(raw)'
      \(compression == .gz ? "gzip" : compression == .zst ? "zstd" : "xz") -c <'\(raw)' >'\(packed)'
      """)
    let content = try FileFacts(of: raw)
    let image = try await ExtractedImage(
      .file(packed),
      ReadManifest.RawImage(
        compressionType: compression.rawValue, sizeInBytes: content.sizeInBytes,
        diskSizeInBytes: content.sizeInBytes, digest: content.digest),
      to: fixture.path("extracted"))
    #expect(image.content == content)
    try Shell.run("cmp '\(raw)' '\(image.path)'")
  }

  @Test func anImageOfAnotherSizeIsRefused() async throws {
    for size: UInt64 in [0, 1000, 1 << 30] {
      let error = await #expect(throws: ExtractedImage.Mismatch.self) {
        try await extract("rm -f raw.zst extracted; head -c 50M /dev/zero", size)
      }
      #expect(error?.description.contains("\(size)") == true)
      let left = try Shell.run("stat -c %s '\(fixture.path("extracted"))'").lines[0]
      #expect((Int(left) ?? .max) <= 50 << 20)
    }
  }

  @Test(arguments: [
    ("/boot/a-b_c.1+x@y:z=~", true), ("/a b", false), ("a", false), ("/a\n", false),
    ("/a\"", false), ("/a'", false), ("/é", false), ("/<2>", false), ("/a;b", false),
    ("/" + String(repeating: "a", count: 5000), false),
  ])
  func pathsThatDebugfsCanBeAskedForAreKnown(path: String, isPlain: Bool) {
    #expect(FilesystemReader.isPlain(path) == isPlain)
  }
}
