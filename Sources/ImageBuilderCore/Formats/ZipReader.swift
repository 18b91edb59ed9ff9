import Bindings
import Configuration
import Glibc
import SystemPackage

/// Reads the zip archives that this program writes, and no others: all bytes except the content of
/// the members must be those that the program would write. So other programs find the same members,
/// and none of them is outside of the directory that they are unpacked to.
struct ZipReader {
  /// A member and the place of its content.
  struct Member {
    let entry: ZipEntry
    let content: Range<UInt64>
  }

  /// Larger names are none.
  private static let largestNameInBytes = 1024
  private static let largestCount = 10_000

  let members: [Member]
  private let file: FileDescriptor

  /// - Throws: `ExtractedImage.Mismatch`; `Errno`.
  init(_ file: FileDescriptor) throws {
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    let size = UInt64(status.st_size)
    var offset: UInt64 = 0
    var members: [Member] = []
    while let member = try Self.member(file, at: offset) {
      members.append(member)
      offset = member.content.upperBound
      guard offset <= size, members.count <= Self.largestCount else { throw Self.unknown }
    }
    let end = ZipEntry.end(of: members.map(\.entry), at: offset)
    // The writer gives all members the same time.
    guard size - offset == UInt64(end.count), try file.bytes(end.count, at: offset) == end,
      members.allSatisfy({ $0.entry.time == members[0].entry.time })
    else { throw Self.unknown }
    self.members = members
    self.file = file
  }

  /// The content of a member, compared with its checksum.
  ///
  /// - Throws: `ExtractedImage.Mismatch`; `Errno`.
  func bytes(of member: Member, maximumSizeInBytes: UInt64) throws -> [UInt8] {
    let entry = member.entry
    guard max(entry.sizeInBytes, entry.packedSizeInBytes) <= maximumSizeInBytes else {
      throw ExtractedImage.Mismatch(
        description: "has a member \(entry.name) of \(entry.sizeInBytes) bytes; at most "
          + "\(maximumSizeInBytes) are accepted")
    }
    let packed = try file.bytes(Int(entry.packedSizeInBytes), at: member.content.lowerBound)
    let content = entry.method == .stored ? packed : try Self.unpack(packed, entry)
    guard content.withUnsafeBytes({ Deflater.crc32(0, $0) }) == entry.checksum else {
      throw ExtractedImage.Mismatch(description: "has a wrong checksum of \(entry.name)")
    }
    return content
  }

  private static func unpack(_ packed: [UInt8], _ entry: ZipEntry) throws -> [UInt8] {
    var content = [UInt8](repeating: 0, count: Int(entry.sizeInBytes))
    do {
      try packed.withUnsafeBytes { packed in
        try content.withUnsafeMutableBytes { try Inflater().unpack(packed, to: $0) }
      }
    } catch let error as UnpackingError {
      throw ExtractedImage.Mismatch(
        description: "has a member \(entry.name) that cannot be unpacked: \(error)")
    }
    return content
  }

  /// - Returns: nil if there is no local header.
  private static func member(_ file: FileDescriptor, at offset: UInt64) throws -> Member? {
    let head = try file.bytes(ZipEntry.localHeaderSize, at: offset)
    guard head.starts(with: Array("PK".utf8) + [3, 4]) else { return nil }
    let nameSize = Int(head.littleEndian(at: 26, as: UInt16.self))
    let extraSize = Int(head.littleEndian(at: 28, as: UInt16.self))
    guard nameSize <= largestNameInBytes, [0, 20].contains(extraSize),
      let method = ZipEntry.Method(rawValue: head.littleEndian(at: 8, as: UInt16.self))
    else { throw unknown }
    let rest = try file.bytes(nameSize + extraSize, at: offset + UInt64(head.count))
    guard let name = String(validating: rest[..<nameSize], as: UTF8.self) else { throw unknown }
    guard ZipEntry.isPlain(name) else {
      throw ExtractedImage.Mismatch(
        description: "has a member with the name \(name.debugDescription); accepted are "
          + ZipEntry.acceptedNames)
    }
    let isLong = extraSize > 0
    func size(_ short: Int, _ long: Int) -> UInt64 {
      isLong
        ? rest.littleEndian(at: nameSize + long, as: UInt64.self)
        : UInt64(head.littleEndian(at: short, as: UInt32.self))
    }
    let entry = ZipEntry(
      name: name, method: method, checksum: head.littleEndian(at: 14, as: UInt32.self),
      packedSizeInBytes: size(18, 12), sizeInBytes: size(22, 4), offset: offset,
      time: head.littleEndian(at: 10, as: UInt32.self), hasLongSizes: isLong)
    let begin = offset + UInt64(head.count + rest.count)
    guard entry.localHeader == head + rest, entry.packedSizeInBytes <= 1 << 50,
      method == .deflated || entry.packedSizeInBytes == entry.sizeInBytes
    else { throw unknown }
    return Member(entry: entry, content: begin..<(begin + entry.packedSizeInBytes))
  }

  static let unknown = ExtractedImage.Mismatch(
    description: "is not a zip archive as this program writes it")
}
