import Bindings
import Glibc
import SystemPackage

/// A new file that is written sequentially, with holes in place of zeros.
struct SparseFile: ~Copyable {
  static let pieceSizeInBytes = 1 << 18

  private let file: FileDescriptor
  private let directory: FilePath
  private(set) var sizeInBytes: UInt64 = 0

  /// - Throws: `Errno`, also if the file exists.
  init(_ path: FilePath) throws {
    directory = path.removingLastComponent()
    file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: .ownerReadWrite)
  }

  deinit {
    try? file.close()
  }

  /// Appends the content of `source`. It stops when more than `limitInBytes` have been written; the
  /// excess is at most one piece.
  ///
  /// - Throws: `NoRoom`; `Errno`; what `source` throws.
  mutating func append(_ source: some ByteSource, atMost limitInBytes: UInt64) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.pieceSizeInBytes, alignment: 64)
    defer { buffer.deallocate() }
    while sizeInBytes <= limitInBytes, case let count = try source.read(into: buffer), count > 0 {
      try append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Appends a piece, which must not be empty.
  ///
  /// - Throws: `NoRoom`; `Errno`.
  mutating func append(_ piece: UnsafeRawBufferPointer) throws {
    if !Self.isZero(piece) { try write(piece) }
    sizeInBytes += UInt64(piece.count)
  }

  /// Sets the size of the file, which may end with a hole.
  ///
  /// - Throws: `Errno`.
  consuming func finish(sizeInBytes: UInt64) throws {
    guard ftruncate(file.rawValue, off_t(sizeInBytes)) == 0 else { throw Errno(rawValue: errno) }
  }

  private func write(_ piece: UnsafeRawBufferPointer) throws {
    do {
      try file.writeAll(toAbsoluteOffset: Int64(sizeInBytes), piece)
    } catch let error as Errno where [.noSpace, .diskQuotaExceeded].contains(error) {
      throw NoRoom(directory: directory, errno: error)
    }
  }

  /// The filesystem of the file is full.
  struct NoRoom: Error, CustomStringConvertible {
    let directory: FilePath
    let errno: Errno
    var description: String { "cannot write in \(directory): \(errno)" }
  }

  /// Whether all bytes are zero. Compares the piece, which must not be empty, with itself shifted by
  /// one byte, because memcmp is fast.
  static func isZero(_ piece: UnsafeRawBufferPointer) -> Bool {
    guard let start = piece.baseAddress, piece[0] == 0 else { return false }
    return memcmp(start, start + 1, piece.count - 1) == 0
  }
}
