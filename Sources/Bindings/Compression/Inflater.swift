import CDeflate

/// Unpacks whole deflate streams. Not thread-safe.
public final class Inflater {
  private let decompressor: OpaquePointer
  private let wrapper: Deflater.Wrapper

  /// - Parameter wrapper: what surrounds the streams.
  public init(wrapper: Deflater.Wrapper = .none) {
    guard let decompressor = libdeflate_alloc_decompressor() else { fatalError("out of memory") }
    self.decompressor = decompressor
    self.wrapper = wrapper
  }

  deinit {
    libdeflate_free_decompressor(decompressor)
  }

  /// Unpacks a stream that consists of all of `input` and fills all of `output`.
  ///
  /// - Throws: `UnpackingError` for any other stream.
  public func unpack(
    _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer
  ) throws(UnpackingError) {
    var used = 0
    let unpack =
      wrapper == .none ? libdeflate_deflate_decompress_ex : libdeflate_zlib_decompress_ex
    let result = unpack(
      decompressor, input.baseAddress, input.count, output.baseAddress, output.count, &used, nil)
    guard result == LIBDEFLATE_SUCCESS, used == input.count else {
      throw UnpackingError("a deflate stream is corrupt or has another size")
    }
  }
}
