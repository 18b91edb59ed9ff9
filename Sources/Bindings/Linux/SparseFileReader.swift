import CLinux
import Glibc
import SystemPackage

/// Reads a file and its frame sequentially in pieces of equal size, and does not read holes.
public struct SparseFileReader: ~Copyable {
  /// The size of each piece except the last, which can be smaller.
  public let pieceSizeInBytes: Int
  /// The size of the file when it was opened, with its frame.
  public let sizeInBytes: UInt64
  /// A piece of zero bytes, which is returned for holes.
  public let zeros: UnsafeRawBufferPointer

  private let source: FramedFile
  private let file: FileDescriptor
  /// The ranges of the header, the file, the zeros and the trailer.
  private let parts: [Range<UInt64>]
  private var offset: UInt64 = 0

  /// - Throws: `Errno`.
  public init(_ source: FramedFile, pieceSizeInBytes: Int) throws {
    self.pieceSizeInBytes = pieceSizeInBytes
    self.source = source
    let file = try FileDescriptor.open(source.path, .readOnly, options: .closeOnExec)
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else {
      let error = Errno(rawValue: errno)
      try? file.close()
      throw error
    }
    self.file = file
    var end: UInt64 = 0
    parts = [
      UInt64(source.header.count), UInt64(status.st_size), source.zerosInBytes,
      UInt64(source.trailer.count),
    ].map { size in
      defer { end += size }
      return end..<(end + size)
    }
    sizeInBytes = end
    posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_SEQUENTIAL)
    let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSizeInBytes, alignment: 64)
    zeros.initializeMemory(as: UInt8.self, repeating: 0)
    self.zeros = UnsafeRawBufferPointer(zeros)
  }

  /// Reads a file without a frame.
  ///
  /// - Throws: `Errno`.
  public init(_ path: FilePath, pieceSizeInBytes: Int) throws {
    try self.init(FramedFile(path), pieceSizeInBytes: pieceSizeInBytes)
  }

  deinit {
    zeros.deallocate()
    try? file.close()
  }

  /// Reads the next piece. The result is in `buffer`, or is a prefix of `zeros` if all its bytes
  /// are zero.
  ///
  /// - Returns: nil at the end.
  /// - Throws: `Errno`, also if the file has become shorter.
  public mutating func next(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws -> UnsafeRawBufferPointer? {
    let count = Int(min(sizeInBytes - offset, UInt64(pieceSizeInBytes)))
    guard count > 0 else { return nil }
    let range = offset..<(offset + UInt64(count))
    var piece = UnsafeRawBufferPointer(rebasing: zeros[..<count])
    if try hasData(range) {
      let data = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
      try fill(data, range)
      if memcmp(data.baseAddress!, zeros.baseAddress!, count) != 0 {
        piece = UnsafeRawBufferPointer(data)
      }
    }
    offset += UInt64(count)
    return piece
  }

  /// Whether a range has bytes outside of the holes and the zeros.
  private func hasData(_ range: Range<UInt64>) throws -> Bool {
    if range.overlaps(parts[0]) || range.overlaps(parts[3]) { return true }
    let inFile = range.clamped(to: parts[1])
    guard !inFile.isEmpty else { return false }
    let first = off_t(inFile.lowerBound - parts[1].lowerBound)
    var (start, end): (off_t, off_t) = (0, 0)
    let isFound = linux_next_data(file.rawValue, first, &start, &end)
    guard isFound >= 0 else { throw Errno(rawValue: errno) }
    return isFound == 1 && start < first + off_t(inFile.count)
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer, _ range: Range<UInt64>) throws {
    for (part, place) in parts.enumerated() {
      let wanted = range.clamped(to: place)
      guard !wanted.isEmpty else { continue }
      let start = Int(wanted.lowerBound - range.lowerBound)
      let target = UnsafeMutableRawBufferPointer(
        rebasing: buffer[start..<(start + Int(wanted.count))])
      let inside = Int(wanted.lowerBound - place.lowerBound)
      switch part {
      case 0: target.copyBytes(from: source.header[inside..<(inside + target.count)])
      case 1: try read(target, at: Int64(inside))
      case 2: target.initializeMemory(as: UInt8.self, repeating: 0)
      default: target.copyBytes(from: source.trailer[inside..<(inside + target.count)])
      }
    }
  }

  private func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
    var filled = 0
    while filled < buffer.count {
      let count = try file.read(
        fromAbsoluteOffset: offset + Int64(filled),
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      guard count > 0 else { throw Errno.ioError }
      filled += count
    }
  }
}
