import CZstandard
import SystemPackage

/// Unpacks Zstandard frames (RFC 8878) with libzstd, which refuses windows of more than 128 MiB.
public final class ZstandardUnpacker: ByteSource {
  private let context: OpaquePointer
  private let input: PackedInput
  private var isBetweenFrames = true

  /// - Parameter file: is read from its current offset and is not closed.
  /// - Throws: `UnpackingError` if there is no memory.
  public init(_ file: FileDescriptor) throws {
    guard let context = ZSTD_createDCtx() else {
      throw UnpackingError("out of memory")
    }
    self.context = context
    input = PackedInput(file)
  }

  deinit {
    ZSTD_freeDCtx(context)
  }

  /// Fills `buffer` with unpacked bytes. It returns less than a full buffer only at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    while output.pos < output.size {
      // libzstd may still hold output after the end of the input.
      if try !input.fill() && isBetweenFrames { break }
      var chunk = ZSTD_inBuffer(src: input.unused.baseAddress, size: input.unused.count, pos: 0)
      let position = output.pos
      let result = ZSTD_decompressStream(context, &output, &chunk)
      guard ZSTD_isError(result) == 0 else {
        throw UnpackingError(String(cString: ZSTD_getErrorName(result)))
      }
      guard chunk.pos > 0 || output.pos > position || result == 0 else {
        throw UnpackingError("the file is truncated")
      }
      input.use(chunk.pos)
      isBetweenFrames = result == 0
    }
    return output.pos
  }
}
