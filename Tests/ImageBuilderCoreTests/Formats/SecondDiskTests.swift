import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// A second disk in the formats that have one.
@Suite struct SecondDiskTests {
  private static let settings =
    "[image]\nqcow2 = true\nvm_image = true\nqcow2_extra_size = 1M\n[vm]\nextra_size = 7M\n"

  private let formats: FormatFixture
  private let second: FilePath

  init() throws {
    formats = try FormatFixture()
    second = formats.fixture.path("second.img")
    try Shell.run("seq 50000 >'\(second)'; truncate -s 3M '\(second)'")
  }

  @Test func bothDisksAreInAllFormatsAndEqualWhenMadeTwice() async throws {
    let made = try await formats.make(Self.settings, secondDisk: second)
    let sums = "cd '\(made.directory)'; sha256sum *"
    let first = try Shell.run(sums).output
    _ = try await formats.make(Self.settings, secondDisk: second)
    #expect(try Shell.run(sums).output == first)
    try Shell.run(
      """
      cd '\(made.directory)'; v=\(made.version)
      cp '\(formats.raw)' "$v.img"; cp '\(second)' "$v.disk2.img"
      sha256sum --quiet --strict -c *.sha256
      zstd -qdc "$v.disk2.img.zst" | cmp - '\(second)'
      [[ $(<"$v.disk2.img.zst.size") == $((3 << 20)) ]]
      qemu-img convert -O raw "$v.disk2.qcow2" back; cmp -n $((3 << 20)) back '\(second)'
      [[ $(stat -c %s back) == $((4 << 20)) ]]
      unzip -q "$v.ovf.zip"
      [[ $(unzip -Z1 "$v.ovf.zip") == "$v.vmdk"$'\\n'"$v.disk2.vmdk"$'\\n'"$v.ovf"$'\\n'"$v.mf" ]]
      sed 's/^SHA256(\\(.*\\))= /SHA256 (\\1) = /' "$v.mf" | sha256sum --quiet --strict -c
      qemu-img convert -O raw "$v.disk2.vmdk" back; cmp -n $((3 << 20)) back '\(second)'
      [[ $(stat -c %s back) == $((10 << 20)) ]]
      grep -c 'ovf:/disk/vmdisk[12]' "$v.ovf" | grep -x 2
      rm "$v".{vmdk,disk2.vmdk,ovf,mf,img,disk2.img} back
      """)
    let manifest = try made.manifest()
    #expect(manifest.findings.isEmpty, "\(manifest.findings)")
    #expect(manifest.images.map(\.format) == ["disk2", "disk2-qcow2", "full", "ovfzip", "qcow2"])
    let digest = try FileFacts(of: second).digest
    #expect(manifest.secondDisk?.digest == digest && manifest.images[1].raw?.digest == digest)
  }

  @Test func aFileWithAnotherDiskIsRefused() async throws {
    let made = try await formats.make(Self.settings, secondDisk: second)
    let manifest = try made.manifest()
    let disk = try #require(manifest.secondDisk)
    let package = made.path("ovf.zip")
    func refusal(_ change: (inout ReadManifest.RawImage) -> Void) async throws -> String? {
      var raw = try made.raw("ovfzip")
      change(&raw)
      return try await formats.refusal(OVFImage.self, package, raw)
    }
    #expect(try await refusal { $0.second = [disk] } == nil)
    let one = try await refusal { _ in }
    #expect(one == "does not consist of NAME.vmdk, NAME.ovf, NAME.mf")
    let other = ReadManifest.RawImage(
      compressionType: "zst", sizeInBytes: disk.sizeInBytes, diskSizeInBytes: disk.sizeInBytes,
      digest: String(repeating: "0", count: 64))
    #expect(try await refusal { $0.second = [other] }?.contains("image with SHA-256") == true)
    let single = try await formats.make(Self.settings)
    var raw = try single.raw("ovfzip")
    raw.second = [disk]
    #expect(
      try await formats.refusal(OVFImage.self, single.path("ovf.zip"), raw)
        == "does not consist of NAME.vmdk, NAME.disk2.vmdk, NAME.ovf, NAME.mf")
  }

  /// The disk of a build: a partition table, a filesystem with the label, and nothing else.
  @Test func theDiskHasOnePartitionWithTheLabel() async throws {
    let fixture = formats.fixture
    let root = DeploymentRoot(in: fixture)
    try Shell.run(
      """
      cd '\(fixture.directory)'; mkdir -p sysroot/ostree/repo/objects '\(root.varDirectory)/lib'
      echo a >'\(root.varDirectory)/lib/a'
      """)
    let image = DiskImage(
      sysroot: fixture.path("sysroot"), deployment: root,
      plan: DiskPlan(.dos, arch: .amd64, marksRootForGrowth: true).secondDisk,
      identifiers: DerivedIdentifiers(["1"]).ofPart("disk2"),
      tools: ImageTools(timestamp: 1_700_000_000), earliestOwnTime: 0, say: { _ in })
    let path = fixture.path("disk")
    var digests: Set<String> = []
    for _ in 0..<2 {
      try image.clampTimes()
      let table = try await image.make(
        at: path, FilesystemLayout(try FilesystemContent(of: image.content), freeBytes: 0))
      #expect(table.imageSizeInBytes == 66 << 20)
      digests.insert(try FileFacts(of: path).digest)
    }
    #expect(digests.count == 1)
    let dump = try Shell.run("sfdisk --dump '\(path)'").output
    #expect(dump.contains("type=4D21B016-B534-45C2-A9FB-5C16E091FD2D"))
    #expect(dump.contains("attrs=\"GUID:55\"") && dump.contains("label: gpt"))
    #expect(!dump.contains(DerivedIdentifiers(["1"]).uuid("disk").uppercased()))
    func problems(_ role: PartitionTable.Role) async throws -> [String] {
      try await TemporaryDirectory.with(in: fixture.directory) { scratch in
        try await ImageContent(
          image: RawDiskImage(path: path, sizeInBytes: 66 << 20), role: role, commit: "",
          arch: .amd64, scratch: scratch
        ).problems()
      }
    }
    #expect(try await problems(.content) == [])
    #expect(try await problems(.root) == ["has no root partition"])
    #expect(
      try Shell.run("debugfs -R 'cat /lib/a' '\(path)?offset=\(1 << 20)' 2>/dev/null").output
        == "a\n")
    try Shell.run("e2label '\(path)?offset=\(1 << 20)' other")
    #expect(
      try await problems(.content) == [
        "has a content filesystem with the label 'other', not 'content'"
      ])
  }

  @Test(arguments: [
    ("LABEL=ostree / ext4 defaults 0 1", true), ("", true), ("# a /var b", true),
    ("tmpfs /var/tmp tmpfs", true), ("UUID=1 /var ext4", false), ("x\t/var/\txfs", false),
  ])
  func theSystemMountsTheDisk(fstab: String, isAccepted: Bool) throws {
    let root = DeploymentRoot(in: formats.fixture)
    let file = root.path.appending("etc/fstab")
    try Shell.run("mkdir -p '\(root.path)/etc'")
    try FileAccess.write(fstab, to: file)
    if isAccepted {
      try VarMount.add(to: root)
      #expect(
        try FileAccess.text(of: file) == (fstab.isEmpty ? "" : "\(fstab)\n")
          + "LABEL=content /var ext4 defaults,x-systemd.growfs,x-systemd.device-timeout=30s 0 2\n")
    }
    let error = #expect(throws: DiskError.self) { try VarMount.add(to: root) }
    #expect(error?.exitStatus == .dataError)
  }
}
