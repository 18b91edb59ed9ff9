import CDeflate

/// Compresses whole buffers to deflate streams. Not thread-safe.
public final class Deflater {
  /// What surrounds the stream.
  public enum Wrapper: Sendable {
    /// Nothing (RFC 1951).
    case none
    /// A header and the Adler-32 of the input (RFC 1950).
    case zlib
  }

  private let compressor: OpaquePointer
  private let output: UnsafeMutableRawBufferPointer
  private let wrapper: Wrapper

  /// - Parameters:
  ///   - level: 1 (fastest) to 12 (smallest).
  ///   - maximumInputSizeInBytes: the size of the largest buffer that will be compressed.
  public init(level: Int32, maximumInputSizeInBytes: Int, wrapper: Wrapper = .none) {
    precondition((1...12).contains(level), "libdeflate has the levels 1 to 12")
    guard let compressor = libdeflate_alloc_compressor(level) else { fatalError("out of memory") }
    self.compressor = compressor
    self.wrapper = wrapper
    // That of zlib is the greater one.
    output = .allocate(
      byteCount: libdeflate_zlib_compress_bound(compressor, maximumInputSizeInBytes),
      alignment: 64)
  }

  deinit {
    libdeflate_free_compressor(compressor)
    output.deallocate()
  }

  /// Compresses `input` and passes the stream to `body`. The stream is valid only during the call.
  ///
  /// - Throws: what `body` throws.
  public func compress<Result>(
    _ input: UnsafeRawBufferPointer, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let compress = wrapper == .none ? libdeflate_deflate_compress : libdeflate_zlib_compress
    let count = compress(
      compressor, input.baseAddress, input.count, output.baseAddress, output.count)
    precondition(count > 0, "the input is larger than maximumInputSizeInBytes")
    return try body(UnsafeMutableRawBufferPointer(rebasing: output[..<count]))
  }

  /// Continues the CRC-32 of gzip with more bytes.
  ///
  /// - Parameter checksum: the CRC-32 of the preceding bytes; 0 if there are none.
  public static func crc32(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
    libdeflate_crc32(checksum, bytes.baseAddress, bytes.count)
  }
}
