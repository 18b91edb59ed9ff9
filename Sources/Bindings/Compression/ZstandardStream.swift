import CZstandard

/// libzstd refused what it was asked for.
public struct ZstandardError: Error, Equatable, Sendable, CustomStringConvertible {
  /// libzstd's own words.
  public let message: String

  /// `cannot compress with libzstd: MESSAGE`.
  public var description: String { "cannot compress with libzstd: \(message)" }
}

/// Compresses a stream of known size to one Zstandard frame (RFC 8878) with a checksum.
///
/// The bytes depend on the level alone, not on the number of threads or on how the input comes in
/// pieces.
public final class ZstandardStream {
  private let context: OpaquePointer
  private let output: UnsafeMutableRawBufferPointer

  /// - Parameters:
  ///   - level: 1 (fast) to 19 (small).
  ///   - threads: how many compress beside the caller; at least one.
  ///   - inputSizeInBytes: the size of all that will come.
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

  /// Adds bytes, and hands on what is compressed by now.
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

  /// Ends the frame and hands on the rest.
  ///
  /// - Throws: `ZstandardError`, also when the input had another size than was announced; what
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
