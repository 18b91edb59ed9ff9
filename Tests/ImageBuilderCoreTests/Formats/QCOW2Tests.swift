import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct QCOW2Tests {
  private let formats: FormatFixture

  init() throws {
    formats = try FormatFixture()
  }

  @Test func qemuReadsTheDiskOfTheWantedSize() async throws {
    let made = try await formats.make("[image]\nqcow2 = true\nqcow2_extra_size = 3G\n")
    try Shell.run(
      """
      cd '\(formats.fixture.directory)'
      qemu-img check '\(made.path("qcow2"))' >&2
      qemu-img info '\(made.path("qcow2"))' | grep 'compression type: zstd'
      qemu-img convert -O raw '\(made.path("qcow2"))' back
      [[ $(stat -c %s back) == $(( (9 << 20) + (3 << 30) )) ]]
      truncate -s 9M back; cmp back raw.img
      """)
    #expect(try made.raw("qcow2").diskSizeInBytes == 9 << 20 + 3 << 30)
    let same = try await formats.make("[image]\nqcow2 = true\nqcow2_extra_size = 0\n")
    #expect(try same.raw("qcow2").diskSizeInBytes == 9 << 20)
    #expect(
      try await formats.refusal(QCOW2Image.self, same.path("qcow2"), same.raw("qcow2")) == nil)
  }

  /// What an image may hold that makes a program open other files, and what does not contain the
  /// image.
  static let hostile = [
    ("qemu-img create -q -f qcow2 -F raw -b /etc/passwd evil 9M", "names a backing file"),
    (
      "qemu-img create -q -f qcow2 -o data_file=outside,data_file_raw=on evil 9M",
      "has its data in another file"
    ),
    ("qemu-img create -q -f qcow2 -o extended_l2=on evil 9M", "features that no image"),
    ("qemu-img create -q -f qcow2 evil 9M; qemu-img snapshot -c a evil", "has snapshots"),
    (
      """
      qemu-img create -q -f qcow2 evil 9M
      printf '\\2' | dd of=evil bs=1 seek=35 conv=notrunc status=none
      """, "is encrypted"
    ),
    ("qemu-img create -q -f qcow2 -o compat=0.10 evil 9M", "is not a qcow2 image of version 3"),
    ("qemu-img create -q -f qcow2 evil 8M", "contains a disk of 8388608 bytes"),
    ("qemu-img create -q -f qcow2 evil 9M", "contains an image with SHA-256"),
    ("cp good evil; truncate -s 100 evil", "is not a qcow2 image"),
    ("cp good evil; truncate -s 9000000 evil", "cannot be read: "),
    (
      "cp good evil; printf '\\xff' | dd of=evil bs=1 seek=40 conv=notrunc status=none",
      "cannot be read: Active L1 table offset"
    ),
    (
      """
      cp raw.img back; truncate -s +511 back; echo >> back; qemu-img convert -f raw -O qcow2 back evil
      """, "contains data after the 9437184 bytes"
    ),
    ("ln -s /etc/passwd evil", "Too many levels"),
  ]

  @Test(arguments: hostile)
  func hostileImagesAreRefused(script: String, reason: String) async throws {
    try Shell.run(
      """
      cd '\(formats.fixture.directory)'
      qemu-img convert -c -O qcow2 -o cluster_size=2M raw.img good; \(script)
      """)
    let raw = try FileFacts(of: formats.raw)
    let isLarger = reason.contains("after")
    let expected = ReadManifest.RawImage(
      compressionType: "qcow2", sizeInBytes: raw.sizeInBytes,
      diskSizeInBytes: raw.sizeInBytes + (isLarger ? 512 : 0), digest: raw.digest)
    let refusal: String?
    do {
      refusal = try await formats.refusal(
        QCOW2Image.self, formats.fixture.path("evil"), expected)
    } catch let error as Errno {
      refusal = "\(error)"
    }
    #expect(refusal?.contains(reason) == true, "\(refusal ?? "accepted")")
  }
}
