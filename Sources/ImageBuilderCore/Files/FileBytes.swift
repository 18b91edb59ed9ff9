import SystemPackage

extension FileDescriptor {
  /// The bytes from an offset on: `count`, or fewer if the file ends before.
  ///
  /// - Throws: `Errno`.
  func bytes(upTo count: Int, at offset: UInt64) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let read = try self.read(
          fromAbsoluteOffset: Int64(offset) + Int64(filled),
          into: UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]))
        if read == 0 { break }
        filled += read
      }
    }
  }
}
