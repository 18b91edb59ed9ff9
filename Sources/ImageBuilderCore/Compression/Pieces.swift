import Bindings

/// The buffer in which a thread keeps its piece of a file.
final class PieceBuffer: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  init(sizeInBytes: Int) {
    bytes = .allocate(byteCount: sizeInBytes, alignment: 64)
  }

  deinit {
    bytes.deallocate()
  }
}

/// A piece of a file. `bytes` is in the buffer of the thread that requested the piece, or in a
/// buffer of zeros that all threads share.
struct Piece: @unchecked Sendable {
  let number: Int
  let bytes: UnsafeRawBufferPointer
  let isZero: Bool
}

/// Returns the pieces of a file in order.
struct PieceReader: ~Copyable {
  private var reader: SparseFileReader
  private let digest = MessageDigest()
  private var checksum: UInt32 = 0
  private var pieces = 0

  init(_ reader: consuming SparseFileReader) {
    self.reader = reader
  }

  mutating func next(into buffer: PieceBuffer) throws -> Piece? {
    guard let bytes = try reader.next(into: buffer.bytes) else { return nil }
    checksum = Deflater.crc32(checksum, bytes)
    digest.update(bytes)
    defer { pieces += 1 }
    return Piece(
      number: pieces, bytes: bytes, isZero: bytes.baseAddress == reader.zeros.baseAddress)
  }

  var facts: (file: FileFacts, checksum: UInt32) {
    (FileFacts(digest.snapshot, sizeInBytes: reader.sizeInBytes), checksum)
  }
}
