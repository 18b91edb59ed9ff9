import Bindings
import Configuration
import SystemPackage

/// Writes a zip archive. Only one thread uses it at a time.
final class ZipWriter: @unchecked Sendable {
  /// A member that has been written.
  struct Member {
    let name: String
    let sizeInBytes: UInt64
    /// SHA-256 in lower-case hexadecimal.
    let digest: String
  }

  private static let level: Int32 = 9

  private let file: FileDescriptor
  private let time: UInt32
  private var entries: [ZipEntry] = []
  private var offset: UInt64 = 0

  /// - Parameter timestamp: the time of the members, in seconds since 1970.
  /// - Throws: `Errno`.
  init(_ path: FilePath, timestamp: UInt64) throws {
    time = ZipEntry.time(timestamp)
    file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
      permissions: .worldReadable)
  }

  deinit {
    try? file.close()
  }

  /// Adds a member with the given content.
  ///
  /// - Throws: `Errno`.
  @discardableResult
  func add(_ name: String, _ content: [UInt8], isDeflated: Bool = false) throws -> Member {
    var entry = ZipEntry(
      name: name, sizeInBytes: UInt64(content.count), offset: offset, time: time)
    try content.withUnsafeBytes { bytes in
      entry.checksum = Deflater.crc32(0, bytes)
      func write(_ packed: UnsafeRawBufferPointer) throws {
        entry.packedSizeInBytes = UInt64(packed.count)
        try append(entry.localHeader)
        try append(packed)
      }
      guard isDeflated, !content.isEmpty else { return try write(bytes) }
      entry.method = .deflated
      try Deflater(level: Self.level, maximumInputSizeInBytes: content.count).compress(bytes) {
        try write(UnsafeRawBufferPointer($0))
      }
    }
    entries.append(entry)
    return Member(
      name: name, sizeInBytes: entry.sizeInBytes, digest: MessageDigest.hexadecimal(of: content))
  }

  /// Adds a member whose content is written piece by piece, and is not compressed.
  ///
  /// - Parameter body: gets a function that appends bytes.
  /// - Throws: `Errno`; what `body` throws.
  func add(
    _ name: String, _ body: (_ append: @escaping @Sendable ([UInt8]) throws -> Void) throws -> Void
  ) throws -> Member {
    var entry = ZipEntry(name: name, offset: offset, time: time, hasLongSizes: true)
    try append(entry.localHeader)
    let content = Content(self)
    try body { try content.append($0) }
    (entry.checksum, entry.sizeInBytes) = (content.checksum, content.sizeInBytes)
    entry.packedSizeInBytes = entry.sizeInBytes
    try file.writeAll(toAbsoluteOffset: Int64(entry.offset), entry.localHeader)
    entries.append(entry)
    return Member(name: name, sizeInBytes: entry.sizeInBytes, digest: content.digest.hexadecimal)
  }

  /// Writes the directory of the archive.
  ///
  /// - Throws: `Errno`.
  func finish() throws {
    try append(ZipEntry.end(of: entries, at: offset))
  }

  private func append(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try append($0) }
  }

  private func append(_ bytes: UnsafeRawBufferPointer) throws {
    try file.writeAll(toAbsoluteOffset: Int64(offset), bytes)
    offset += UInt64(bytes.count)
  }

  /// The content of a member while it is written.
  private final class Content: @unchecked Sendable {
    private let archive: ZipWriter
    let digest = MessageDigest()
    private(set) var checksum: UInt32 = 0
    private(set) var sizeInBytes: UInt64 = 0

    init(_ archive: ZipWriter) {
      self.archive = archive
    }

    func append(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes {
        digest.update($0)
        checksum = Deflater.crc32(checksum, $0)
        try archive.append($0)
      }
      sizeInBytes += UInt64(bytes.count)
    }
  }
}
