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

/// Writes the compressed pieces of a file in order. They may arrive in any order.
struct PieceWriter: ~Copyable {
  private var file: OutputFile
  private var waiting: [Int: [UInt8]] = [:]
  private var nextNumber = 0

  init(_ file: consuming OutputFile) {
    self.file = file
  }

  /// Adds a piece, and writes all pieces whose predecessors have been written.
  ///
  /// - Returns: the number of pieces that were written.
  mutating func append(_ piece: [UInt8], as number: Int) throws -> Int {
    waiting[number] = piece
    let first = nextNumber
    while let bytes = waiting.removeValue(forKey: nextNumber) {
      try bytes.withUnsafeBytes { try file.append($0) }
      nextNumber += 1
    }
    return nextNumber - first
  }

  /// Writes bytes that do not belong to a piece.
  mutating func append(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try file.append($0) }
  }

  var facts: FileFacts { file.facts }
}
