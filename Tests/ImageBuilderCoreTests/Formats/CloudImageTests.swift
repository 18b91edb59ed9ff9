import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The images for Azure and Google Compute Engine.
@Suite struct CloudImageTests {
  private let formats: FormatFixture

  init() throws {
    formats = try FormatFixture()
  }

  @Test(arguments: ["zst", "gz", "xz"])
  func qemuReadsTheVHD(compression: String) async throws {
    // Not whole MiB.
    try Shell.run("truncate -s +512 '\(formats.raw)'")
    let made = try await formats.make("[image]\nvhd = true\ncompression = \(compression)\n")
    let program = ["zst": "zstd", "gz": "pigz", "xz": "xz"][compression] ?? ""
    try Shell.run(
      """
      cd '\(formats.fixture.directory)'; \(program) -dc '\(made.path("vhd.\(compression)"))' >disk.vhd
      [[ $(stat -c %s disk.vhd) == $(( (10 << 20) + 512 )) ]]
      qemu-img info -f vpc disk.vhd | grep -F 'virtual size: 10 MiB (10485760 bytes)'
      qemu-img compare -f raw -F vpc raw.img disk.vhd
      qemu-img create -q -f vpc -o subformat=fixed,force_size=on other.vhd 10M
      # Another time and identifier, and the sum over them.
      { cmp -l <(tail -c 512 disk.vhd) <(tail -c 512 other.vhd) || true; } | awk '
        !($1 > 24 && $1 <= 28 || $1 > 64 && $1 <= 84) { print; exit 1 }'
      """)
    #expect(
      try await formats.refusal(
        VHDImage.self, made.path("vhd.\(compression)"), made.raw("vhd")) == nil)
  }

  @Test func tarReadsTheImageForGCE() async throws {
    let made = try await formats.make("[image]\ngce = true\n")
    let list = try Shell.run("tar --numeric-owner --utc -tvzf '\(made.path("gce.tar.gz"))'").output
    #expect(list == "-rw-r--r-- 0/0      1073741824 2023-11-14 22:13 disk.raw\n")
    try Shell.run(
      """
      cd '\(formats.fixture.directory)'; mkdir out
      tar -xzf '\(made.path("gce.tar.gz"))' -C out; cmp -n $((9 << 20)) out/disk.raw raw.img
      """)
  }

  @Test func sizesBeyondOctalDigitsAreWrittenAsTarReadsThem() throws {
    let member = TarMember(name: "disk.raw", sizeInBytes: 16 << 30, timestamp: 0)
    try FileAccess.write(member.header, to: formats.fixture.path("tar"))
    let list = try Shell.run(
      "truncate -s \(member.archiveSizeInBytes) '\(formats.fixture.path("tar"))'; "
        + "tar -tvf '\(formats.fixture.path("tar"))'")
    #expect(list.output.contains("17179869184"))
  }

  /// What unpacks to something else than the image and its frame. "content" is what is in the right
  /// file.
  private static let damaged = [
    ("vhd", "head -c -1 content", "footer"),
    ("vhd", "cat content; echo", "data after its end"),
    ("vhd", "head -c 10M content; head -c 512 /dev/zero", "footer"),
    ("vhd", "head -c -100 content; head -c 100 /dev/urandom", "footer"),
    ("vhd", "head -c 9000000 content", "contains a disk of 9000000 bytes"),
    ("vhd", "printf x; tail -c +2 content", "contains an image with SHA-256"),
    ("vhd", "head -c 100M /dev/zero", "data after its end"),
    ("gce", "head -c -1 content", "tar archive"),
    ("gce", "cat content; head -c 512 /dev/zero", "data after its end"),
    ("gce", "head -c -10 content; tail -c 10 raw.img", "tar archive"),
    ("gce", "head -c 600 content; printf x; tail -c +602 content", "contains an image with"),
    (
      "gce", "head -c 9500000 content; printf x; tail -c +9500002 content",
      "contains data after the 9437184 bytes"
    ),
    ("gce", "head -c 512 content | tr d e; tail -c +513 content", "tar archive"),
    ("gce", "head -c 136 content; printf '0000000000x'; tail -c +148 content", "tar archive"),
    ("gce", "head -c 156 content; printf S; tail -c +158 content", "tar archive"),
    ("gce", "tar -c /etc/passwd; cat content", "contains "),
    ("gce", "ln -s /etc/passwd disk.raw; tar -c disk.raw", "contains a disk of"),
  ]

  @Test func whatContainsSomethingElseIsRefused() async throws {
    let raw = try FileFacts(of: formats.raw)
    let size: UInt64 = 10 << 20
    let member = TarMember(name: "disk.raw", sizeInBytes: size, timestamp: 1)
    let footer = VHDFooter(
      diskSizeInBytes: size, timestamp: 1 << 30, identifier: [UInt8](repeating: 7, count: 16))
    try FileAccess.write(member.header, to: formats.fixture.path("header"))
    try FileAccess.write(footer.bytes, to: formats.fixture.path("footer"))
    try Shell.run(
      """
      cd '\(formats.fixture.directory)'
      { cat header raw.img; head -c \((1 << 20) + 1536) /dev/zero; } >gce
      truncate -s \(member.archiveSizeInBytes) gce
      { cat raw.img; head -c 1M /dev/zero; cat footer; } >vhd
      """)
    let containers: [String: any RawImageContainer.Type] = [
      "gce": GCEImage.self, "vhd": VHDImage.self,
    ]
    func refusal(_ format: String, _ script: String) async throws -> String? {
      try Shell.run(
        """
        cd '\(formats.fixture.directory)'; rm -f disk.raw evil; cp \(format) content
        { \(script); } | pigz -1 >evil
        """)
      let expected = ReadManifest.RawImage(
        compressionType: format == "vhd" ? "vhd+gz" : "tar+gz", sizeInBytes: raw.sizeInBytes,
        diskSizeInBytes: size, digest: raw.digest)
      return try await formats.refusal(
        try #require(containers[format]), formats.fixture.path("evil"), expected)
    }
    for format in containers.keys {
      #expect(try await refusal(format, "cat content") == nil)
    }
    for (format, script, reason) in Self.damaged {
      let found = try await refusal(format, script)
      #expect(found?.contains(reason) == true, "\(format): \(script): \(found ?? "accepted")")
    }
  }

  @Test func formatsOfOtherArchitecturesAreSkippedWithALine() async throws {
    let configuration = try formats.configuration("[image]\ngce = true\nvhd = true\n", arch: "i386")
    #expect(
      try ImageFormats.skipped(by: configuration)
        == ["image:gce is skipped: the format is for amd64, arm64, not for i386"])
    #expect(try ImageFormats.selected(by: configuration).map { type(of: $0).name } == ["vhd"])
  }
}
