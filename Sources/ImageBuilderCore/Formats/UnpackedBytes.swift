import Bindings
import Configuration
import SystemPackage

/// The content of a compressed file, read once.
enum UnpackedBytes {
  /// Unpacks a file and passes its content to `body` in pieces.
  ///
  /// - Throws: `ExtractedImage.Mismatch` if the file cannot be unpacked; `Errno`; `LinuxError`;
  ///   `UntrustedFile.Refusal`; `CommandFailure`; what `body` throws, which ends the reading.
  static func read(
    _ path: FilePath, _ compression: Compression,
    _ body: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    do {
      guard compression == .xz else {
        return try await BlockingWork.run { cancellation in
          let file = try UntrustedFile.open(path)
          defer { try? file.close() }
          let source: any ByteSource =
            compression == .gz ? try GzipUnpacker(file) : try ZstandardUnpacker(file)
          try pass(source, cancellation, to: body)
        }
      }
      try await readXZ(path, body)
    } catch let error as UnpackingError {
      throw ExtractedImage.Mismatch(description: "cannot be unpacked: \(error)")
    }
  }

  private static func readXZ(
    _ path: FilePath, _ body: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    let (passed, failure) = try await Compression.unpackingXZ(path).run {
      try pass($0, $1, to: body)
    }
    try passed.get()
    if let failure { throw UnpackingError(failure.lastLines.joined(separator: "; ")) }
  }

  /// Passes all bytes of a source to `body` in pieces.
  ///
  /// - Throws: what the source and `body` throw; `CancellationError`.
  static func pass(
    _ source: any ByteSource, _ cancellation: BlockingWork.Cancellation,
    to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let buffer = PieceBuffer(sizeInBytes: SparseFile.pieceSizeInBytes)
    while case let count = try source.read(into: buffer.bytes), count > 0 {
      try cancellation.check()
      try body(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
    }
  }
}
