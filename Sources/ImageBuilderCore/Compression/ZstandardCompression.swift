import Bindings
import Glibc
import SystemPackage

/// Compresses a file to one Zstandard frame with several threads.
enum ZstandardCompression {
  private static let level: Int32 = 2
  private static let pieceSizeInBytes = 1 << 20

  /// - Throws: `Errno`, `ZstandardError`, `CancellationError`.
  static func run(
    _ source: FramedFile, to target: FilePath, threads: Int,
    _ cancellation: BlockingWork.Cancellation
  ) throws -> CompressedFacts {
    var reader = try SparseFileReader(source, pieceSizeInBytes: pieceSizeInBytes)
    var output = try OutputFile(target)
    let stream = try ZstandardStream(
      level: level, threads: Int32(clamping: threads), inputSizeInBytes: reader.sizeInBytes)
    let digest = MessageDigest()
    let buffer = PieceBuffer(sizeInBytes: pieceSizeInBytes)
    while let piece = try reader.next(into: buffer.bytes) {
      try cancellation.check()
      digest.update(piece)
      try stream.append(piece) { try output.append($0) }
    }
    try stream.finish { try output.append($0) }
    return (FileFacts(digest.snapshot, sizeInBytes: reader.sizeInBytes), output.facts)
  }
}
