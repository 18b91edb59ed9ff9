import Bindings
import Configuration
import SystemPackage

/// Compares an OVF package with the raw image that it must contain.
struct OVFReader {
  private static let largestTextInBytes: UInt64 = 1 << 20

  private let file: FileDescriptor
  private let disks: [ReadManifest.RawImage]

  init(_ file: FileDescriptor, _ expected: ReadManifest.RawImage) {
    self.file = file
    // All disks of a package are larger than their raw images by the same size.
    let extraSizeInBytes = expected.diskSizeInBytes - expected.sizeInBytes
    disks =
      [expected]
      + expected.second.map {
        ReadManifest.RawImage(
          compressionType: expected.compressionType, sizeInBytes: $0.sizeInBytes,
          diskSizeInBytes: $0.sizeInBytes + extraSizeInBytes, digest: $0.digest)
      }
  }

  /// - Throws: `ExtractedImage.Mismatch`; `Errno`; `CancellationError`.
  func run(_ cancellation: BlockingWork.Cancellation) throws {
    let archive = try ZipReader(file)
    let members = archive.members
    let name = members.first.map { String($0.entry.name.dropLast(".vmdk".count)) } ?? ""
    guard members.map({ ExactName($0.entry.name) }) == names(of: name).map({ ExactName($0) }),
      members.allSatisfy({ $0.entry.method == .stored }), !name.utf8.contains(UInt8(ascii: "/"))
    else {
      throw Self.mismatch("does not consist of " + names(of: "NAME").joined(separator: ", "))
    }
    // The writer knows the sizes of the texts in advance.
    guard members.map(\.entry.hasLongSizes) == disks.map({ _ in true }) + [false, false] else {
      throw ZipReader.unknown
    }
    for (member, disk) in zip(members, disks) {
      try VMDKReader(file, member.content, name: member.entry.name, disk).run(cancellation)
    }
    let written = try members.dropLast().map { try self.member($0, cancellation) }
    let manifest = OVFImage.manifest([written[disks.count]] + written.dropLast())
    func text(_ member: ZipReader.Member) throws -> [UInt8] {
      try archive.bytes(of: member, maximumSizeInBytes: Self.largestTextInBytes)
    }
    guard try text(members[disks.count + 1]) == Array(manifest.utf8) else {
      throw Self.mismatch("has a manifest that does not describe its files")
    }
    try checkDescription(text(members[disks.count]), of: name, written.dropLast())
  }

  private func names(of package: String) -> [String] {
    OVFImage.diskNames(package).prefix(disks.count) + ["\(package).ovf", "\(package).mf"]
  }

  /// The description must be the one that this program writes of the VMDKs, with any machine.
  private func checkDescription(
    _ document: [UInt8], of name: String, _ files: [ZipWriter.Member]
  ) throws {
    let described = zip(files, disks).map {
      OVFDescription.Disk(
        file: $0.name, fileSizeInBytes: $0.sizeInBytes, capacityInBytes: $1.diskSizeInBytes)
    }
    let written = OVFDescription(reading: document, name: name, disks: described)
      .map { Array($0.text.utf8) }
    guard let written, written == document else {
      let list = described.map { "\($0.file) with \($0.capacityInBytes) bytes" }
      let line = zip(written ?? [], document).prefix { $0 == $1 }.count { $0.0 == 10 } + 1
      throw Self.mismatch(
        "has a description \(name).ovf that differs from line \(line) on from what this program "
          + "writes for a machine with \(list.joined(separator: " and "))")
    }
  }

  /// Reads the content of a member once, and compares its CRC-32.
  private func member(
    _ member: ZipReader.Member, _ cancellation: BlockingWork.Cancellation
  ) throws -> ZipWriter.Member {
    let digest = MessageDigest()
    var (checksum, offset): (UInt32, UInt64) = (0, member.content.lowerBound)
    while offset < member.content.upperBound {
      try cancellation.check()
      let count = min(member.content.upperBound - offset, 1 << 20)
      try file.bytes(Int(count), at: offset).withUnsafeBytes {
        digest.update($0)
        checksum = Deflater.crc32(checksum, $0)
      }
      offset += count
    }
    guard checksum == member.entry.checksum else {
      throw Self.mismatch("has a wrong checksum of \(member.entry.name)")
    }
    return ZipWriter.Member(
      name: member.entry.name, sizeInBytes: member.entry.sizeInBytes, digest: digest.hexadecimal)
  }

  private static func mismatch(_ text: String) -> ExtractedImage.Mismatch {
    ExtractedImage.Mismatch(description: text)
  }
}
