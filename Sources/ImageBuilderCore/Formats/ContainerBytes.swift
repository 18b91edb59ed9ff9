import SystemPackage

extension FileDescriptor {
  /// Some bytes of the file.
  ///
  /// - Throws: `Errno`; `ExtractedImage.Mismatch` if the file is too short.
  func bytes(_ count: Int, at offset: UInt64) throws -> [UInt8] {
    let bytes = try self.bytes(upTo: count, at: offset)
    guard bytes.count == count else { throw ExtractedImage.Mismatch(description: "is truncated") }
    return bytes
  }
}
