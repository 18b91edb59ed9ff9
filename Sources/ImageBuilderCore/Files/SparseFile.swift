import Bindings
import Glibc
import SystemPackage

/// A new file that is written from its beginning to its end, with holes where there are zeros.
struct SparseFile: ~Copyable {
  static let pieceSizeInBytes = 1 << 18

  private let file: FileDescriptor
  private let directory: FilePath
  private(set) var sizeInBytes: UInt64 = 0

  /// - Throws: `Errno`, also when there is such a file.
  init(_ path: FilePath) throws {
    directory = path.removingLastComponent()
    file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: .ownerReadWrite)
  }

  deinit {
    try? file.close()
  }

  /// Appends what `source` gives, up to `limitInBytes` and a piece.
  ///
  /// - Throws: `NoRoom`; what `source` throws.
  mutating func append(_ source: some ByteSource, atMost limitInBytes: UInt64) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.pieceSizeInBytes, alignment: 64)
    defer { buffer.deallocate() }
    while sizeInBytes <= limitInBytes, case let count = try source.read(into: buffer), count > 0 {
      try append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Appends a piece that is not empty.
  ///
  /// - Throws: `NoRoom`; `Errno`.
  mutating func append(_ piece: UnsafeRawBufferPointer) throws {
    if !Self.isZero(piece) { try write(piece) }
    sizeInBytes += UInt64(piece.count)
  }

  /// Gives the file its size, which may end in a hole.
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

  /// The filesystem of a file is full.
  struct NoRoom: Error, CustomStringConvertible {
    let directory: FilePath
    let errno: Errno
    var description: String { "cannot write in \(directory): \(errno)" }
  }

  /// Compares a piece with itself, shifted by a byte, which memcmp is fast at.
  private static func isZero(_ piece: UnsafeRawBufferPointer) -> Bool {
    guard let start = piece.baseAddress, piece[0] == 0 else { return false }
    return memcmp(start, start + 1, piece.count - 1) == 0
  }
}
