import CLinux
import Glibc
import SystemPackage

/// Reads a file sequentially in pieces of equal size, and does not read its holes.
public struct SparseFileReader: ~Copyable {
  /// The size of each piece except the last, which can be smaller.
  public let pieceSizeInBytes: Int
  /// The size of the file when it was opened.
  public let sizeInBytes: UInt64
  /// A piece of zero bytes, which is returned for holes.
  public let zeros: UnsafeRawBufferPointer

  private let file: FileDescriptor
  private var offset: UInt64 = 0

  /// - Throws: `Errno`.
  public init(_ path: FilePath, pieceSizeInBytes: Int) throws {
    self.pieceSizeInBytes = pieceSizeInBytes
    let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else {
      let error = Errno(rawValue: errno)
      try? file.close()
      throw error
    }
    self.file = file
    sizeInBytes = UInt64(status.st_size)
    posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_SEQUENTIAL)
    let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSizeInBytes, alignment: 64)
    zeros.initializeMemory(as: UInt8.self, repeating: 0)
    self.zeros = UnsafeRawBufferPointer(zeros)
  }

  deinit {
    zeros.deallocate()
    try? file.close()
  }

  /// Reads the next piece. The result is in `buffer`, or is a prefix of `zeros` if all its bytes
  /// are zero.
  ///
  /// - Returns: nil at the end of the file.
  /// - Throws: `Errno`, also if the file has become shorter.
  public mutating func next(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws -> UnsafeRawBufferPointer? {
    let count = Int(min(sizeInBytes - offset, UInt64(pieceSizeInBytes)))
    guard count > 0 else { return nil }
    var piece = UnsafeRawBufferPointer(rebasing: zeros[..<count])
    var (start, end): (off_t, off_t) = (0, 0)
    let isFound = linux_next_data(file.rawValue, off_t(offset), &start, &end)
    guard isFound >= 0 else { throw Errno(rawValue: errno) }
    if isFound == 1, start < off_t(offset) + off_t(count) {
      let data = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
      try fill(data)
      if memcmp(data.baseAddress!, zeros.baseAddress!, count) != 0 {
        piece = UnsafeRawBufferPointer(data)
      }
    }
    offset += UInt64(count)
    return piece
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
    var filled = 0
    while filled < buffer.count {
      let count = try file.read(
        fromAbsoluteOffset: Int64(offset) + Int64(filled),
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      guard count > 0 else { throw Errno.ioError }
      filled += count
    }
  }
}
