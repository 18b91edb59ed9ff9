import CZstandard

/// An error that libzstd returned while compressing.
public struct ZstandardError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The message of libzstd.
  public let message: String

  /// `cannot compress with libzstd: MESSAGE`.
  public var description: String { "cannot compress with libzstd: \(message)" }
}

/// Compresses a stream of known size to one Zstandard frame (RFC 8878) with a checksum.
///
/// The output depends only on the input and the level, not on the number of threads or on how the
/// input is divided into calls.
public final class ZstandardStream {
  private let context: OpaquePointer
  private let output: UnsafeMutableRawBufferPointer

  /// - Parameters:
  ///   - level: 1 (fastest) to 19 (smallest).
  ///   - threads: the number of worker threads; at least one is used.
  ///   - inputSizeInBytes: the size of the whole input.
  /// - Throws: `ZstandardError`.
  public init(level: Int32, threads: Int32, inputSizeInBytes: UInt64) throws(ZstandardError) {
    guard let context = ZSTD_createCCtx() else { throw ZstandardError(message: "out of memory") }
    self.context = context
    output = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 64)
    try Self.check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level))
    try Self.check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
    try Self.check(ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, max(1, threads)))
    try Self.check(ZSTD_CCtx_setPledgedSrcSize(context, inputSizeInBytes))
  }

  deinit {
    ZSTD_freeCCtx(context)
    output.deallocate()
  }

  /// Adds bytes and passes the output that is available to `write`.
  ///
  /// - Throws: `ZstandardError`; what `write` throws.
  public func append(
    _ bytes: UnsafeRawBufferPointer, write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while input.pos < input.size {
      _ = try step(&input, ZSTD_e_continue, write)
    }
  }

  /// Ends the frame and passes the rest of the output to `write`.
  ///
  /// - Throws: `ZstandardError`, also if the size of the input was not `inputSizeInBytes`; what
  ///   `write` throws.
  public func finish(write: (UnsafeRawBufferPointer) throws -> Void) throws {
    var input = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
    while try step(&input, ZSTD_e_end, write) > 0 {}
  }

  private func step(
    _ input: inout ZSTD_inBuffer, _ directive: ZSTD_EndDirective,
    _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Int {
    var buffer = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let remaining = try Self.check(ZSTD_compressStream2(context, &buffer, &input, directive))
    if buffer.pos > 0 { try write(UnsafeRawBufferPointer(rebasing: output[..<buffer.pos])) }
    return remaining
  }

  @discardableResult
  private static func check(_ result: Int) throws(ZstandardError) -> Int {
    guard ZSTD_isError(result) == 0 else {
      throw ZstandardError(message: String(cString: ZSTD_getErrorName(result)))
    }
    return result
  }
}
