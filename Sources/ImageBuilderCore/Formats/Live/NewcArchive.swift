import Bindings
import Glibc
import SystemPackage

/// An archive of the cpio format "newc", which Linux unpacks into its initramfs
/// (Documentation/driver-api/early-userspace/buffer-format.rst of its source).
struct NewcArchive: Sendable {
  /// The size field of a file has eight hexadecimal digits.
  static let largestFileInBytes = UInt64(UInt32.max)
  private static let alignmentInBytes = 4
  private static let headerSizeInBytes = 110
  private static let magic = "070701"
  private static let endName = "TRAILER!!!"
  /// Archives with more members are not read.
  private static let largestCount = 100

  enum Content: Sendable {
    case directory
    case bytes([UInt8])
    /// A regular file, whose size must not change.
    case file(FilePath, sizeInBytes: UInt64)
  }

  /// The members in the order of the archive. A directory comes before what it contains.
  let members: [(name: String, content: Content)]
  /// The modification time of all members, in seconds since 1970.
  let timestamp: UInt64

  /// Writes the archive.
  ///
  /// - Throws: `Errno`, `LinuxError`.
  func write(to file: FilePath) throws {
    let output = try FileDescriptor.open(
      file, .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
      permissions: .worldReadable)
    try output.closeAfter {
      for (index, member) in members.enumerated() {
        try write(member.content, member.name, number: index + 1, to: output)
      }
      try output.writeAll(Self.end)
    }
  }

  private func write(
    _ content: Content, _ name: String, number: Int, to output: FileDescriptor
  ) throws {
    let size: UInt64
    switch content {
    case .directory: size = 0
    case .bytes(let bytes): size = UInt64(bytes.count)
    case .file(_, let sizeInBytes): size = sizeInBytes
    }
    let isDirectory = if case .directory = content { true } else { false }
    try output.writeAll(
      Self.header(
        name, isDirectory: isDirectory, number: number, time: timestamp, size: size))
    switch content {
    case .directory: break
    case .bytes(let bytes): try output.writeAll(bytes)
    case .file(let path, _):
      let input = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      defer { try? input.close() }
      try output.copyRest(of: input)
    }
    try output.writeAll(Self.padding(after: Int(size % UInt64(Self.alignmentInBytes))))
  }

  private static let end = header(endName, mode: 0, links: 1, number: 0, time: 0, size: 0)

  private static func header(
    _ name: String, isDirectory: Bool, number: Int, time: UInt64, size: UInt64
  ) -> [UInt8] {
    header(
      name, mode: isDirectory ? S_IFDIR | 0o755 : S_IFREG | 0o644, links: isDirectory ? 2 : 1,
      number: number, time: time, size: size)
  }

  private static func header(
    _ name: String, mode: mode_t, links: Int, number: Int, time: UInt64, size: UInt64
  ) -> [UInt8] {
    let fields: [UInt64] = [
      UInt64(number), UInt64(mode), 0, 0, UInt64(links), time, size, 0, 0, 0, 0,
      UInt64(name.utf8.count + 1), 0,
    ]
    let text = magic + fields.map { hexadecimal(UInt32(truncatingIfNeeded: $0)) }.joined()
    let bytes = Array((text + name).utf8) + [0]
    return bytes + padding(after: bytes.count)
  }

  private static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static func padding(after sizeInBytes: Int) -> [UInt8] {
    [UInt8](
      repeating: 0,
      count: (alignmentInBytes - sizeInBytes % alignmentInBytes) % alignmentInBytes)
  }

  /// Where the content of a member of an archive is.
  struct Member: Equatable {
    let name: String
    let isDirectory: Bool
    let offsetInBytes: UInt64
    let sizeInBytes: UInt64
  }

  /// The members of an archive that `write` has written. All bytes except the contents of files must
  /// be those that it writes, and nothing may follow them. Nothing in the file is trusted.
  ///
  /// - Throws: `UntrustedFile.Refusal`, `Errno`.
  static func members(in path: FilePath) throws -> [Member] {
    let file = try UntrustedFile.open(path)
    defer { try? file.close() }
    let fileSize = UInt64(try file.seek(offset: 0, from: .end))
    var members: [Member] = []
    var position: UInt64 = 0
    var time: UInt64?
    func accept(_ expected: [UInt8], _ part: String) throws {
      guard try read(expected.count, of: file, at: position) == expected else {
        throw UntrustedFile.Refusal(
          reason: "has another \(part) at byte \(position) than an archive of this program")
      }
      position += UInt64(expected.count)
    }
    while try read(end.count, of: file, at: position) != end {
      guard members.count < largestCount,
        let header = try read(headerSizeInBytes, of: file, at: position),
        header.starts(with: magic.utf8), let fields = fields(of: header),
        (2...256).contains(fields[11]), fields[6] <= fileSize,
        let bytes = try read(
          Int(fields[11]) - 1, of: file, at: position + UInt64(headerSizeInBytes)),
        let name = String(validating: bytes, as: UTF8.self)
      else {
        throw UntrustedFile.Refusal(
          reason: "is not a cpio archive of the format newc, as this program writes it")
      }
      let isDirectory = fields[1] & UInt64(S_IFMT) == UInt64(S_IFDIR)
      let size = isDirectory ? 0 : fields[6]
      time = time ?? fields[5]
      try accept(
        Self.header(
          name, isDirectory: isDirectory, number: members.count + 1, time: time ?? 0, size: size),
        "header")
      members.append(
        Member(name: name, isDirectory: isDirectory, offsetInBytes: position, sizeInBytes: size))
      position += size
      try accept(padding(after: Int(size)), "padding")
    }
    position += UInt64(end.count)
    guard position == fileSize else {
      throw UntrustedFile.Refusal(
        reason: "has \(fileSize - position) bytes after its end at byte \(position)")
    }
    return members
  }

  private static func read(_ count: Int, of file: FileDescriptor, at position: UInt64) throws
    -> [UInt8]?
  {
    let bytes = try file.bytes(upTo: count, at: position)
    return bytes.count == count ? bytes : nil
  }

  private static func fields(of header: [UInt8]) -> [UInt64]? {
    let numbers = stride(from: magic.utf8.count, to: headerSizeInBytes, by: 8).map {
      UInt64(String(decoding: header[$0..<($0 + 8)], as: UTF8.self), radix: 16)
    }
    return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
  }
}
