import Configuration

/// Compares bytes with a raw image that has a header before it and a trailer after it. Only one
/// thread uses it at a time.
final class FramedContent: @unchecked Sendable {
  private let headerSizeInBytes: Int
  private let maximumTrailerInBytes: Int
  private var check: ContentCheck
  private var missingInBytes: UInt64
  private var header: [UInt8] = []
  private var trailer: [UInt8] = []

  /// - Parameters:
  ///   - headerSizeInBytes: the number of bytes before the image.
  ///   - maximumTrailerInBytes: the largest number of bytes after the image.
  init(
    _ expected: ReadManifest.RawImage, headerSizeInBytes: Int, maximumTrailerInBytes: Int
  ) {
    self.headerSizeInBytes = headerSizeInBytes
    self.maximumTrailerInBytes = maximumTrailerInBytes
    check = ContentCheck(expected)
    missingInBytes = expected.diskSizeInBytes
  }

  /// Adds bytes, which must not be empty.
  ///
  /// - Throws: `ExtractedImage.Mismatch`.
  func append(_ bytes: UnsafeRawBufferPointer) throws(ExtractedImage.Mismatch) {
    let ofHeader = min(bytes.count, headerSizeInBytes - header.count)
    header += bytes[..<ofHeader]
    let rest = UnsafeRawBufferPointer(rebasing: bytes[ofHeader...])
    let ofImage = Int(min(UInt64(rest.count), missingInBytes))
    if ofImage > 0 {
      try check.append(UnsafeRawBufferPointer(rebasing: rest[..<ofImage]))
      missingInBytes -= UInt64(ofImage)
    }
    trailer += rest[ofImage...]
    guard trailer.count <= maximumTrailerInBytes else {
      throw ExtractedImage.Mismatch(description: "has data after its end")
    }
  }

  /// Compares the size and the digest of the image.
  ///
  /// - Returns: the header and the trailer, which the caller compares.
  /// - Throws: `ExtractedImage.Mismatch`.
  func finish() throws(ExtractedImage.Mismatch) -> (header: [UInt8], trailer: [UInt8]) {
    try check.finish()
    return (header, trailer)
  }
}
