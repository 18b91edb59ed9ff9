import Bindings
import SystemPackage

/// The raw disk image out of a compressed one: a file with holes where the image has zeros.
///
/// It belongs to a temporary directory and goes with it.
struct ExtractedImage: Sendable {
  let path: FilePath
  let sizeInBytes: UInt64

  /// What keeps a compressed image from being taken for its raw one.
  struct Mismatch: Error, CustomStringConvertible {
    let description: String
  }

  init(path: FilePath, sizeInBytes: UInt64) {
    self.path = path
    self.sizeInBytes = sizeInBytes
  }

  /// Unpacks `compressed` to `path` while it is hashed, and no further than the expected size.
  ///
  /// - Throws: `Mismatch` when it does not hold what `expected` says; `VerificationError.noRoom`.
  init(_ compressed: FilePath, _ expected: OutputManifest.RawImage, to path: FilePath) async throws
  {
    let (readEnd, writeEnd) = try FileDescriptor.privatePipe()
    async let written = BlockingWork.run { _ in
      defer { try? readEnd.close() }
      return try Self.write(readEnd, to: path, atMost: expected.sizeInBytes)
    }
    var failure: (any Error)?
    do {
      try await expected.compression.decompressing(compressed).run(standardOutput: writeEnd)
    } catch {
      failure = error
    }
    try? writeEnd.close()
    let (sizeInBytes, digest) = try await written
    if sizeInBytes > expected.sizeInBytes {
      throw Mismatch(
        description: "unpacks to more than the \(expected.sizeInBytes) bytes that the manifest says"
      )
    }
    if let failure = failure as? CommandFailure {
      throw Mismatch(
        description: "cannot be unpacked: \(failure.lastLines.joined(separator: "; "))")
    }
    if let failure { throw failure }
    if sizeInBytes != expected.sizeInBytes {
      throw Mismatch(
        description: "unpacks to \(sizeInBytes) bytes, not the \(expected.sizeInBytes) that the "
          + "manifest says")
    }
    if digest != expected.digest {
      throw Mismatch(
        description: "unpacks to an image with SHA-256 \(digest), not the \(expected.digest) that "
          + "the manifest says")
    }
    self.init(path: path, sizeInBytes: sizeInBytes)
  }

  /// Ends at the end of `input`, or when it has given more than it should.
  private static func write(
    _ input: FileDescriptor, to path: FilePath, atMost limitInBytes: UInt64
  ) throws -> (sizeInBytes: UInt64, digest: String) {
    let digest = SHA256()
    var file = try SparseFile(path)
    try file.append(input, atMost: limitInBytes) { digest.update($0) }
    let sizeInBytes = file.sizeInBytes
    try file.finish(sizeInBytes: sizeInBytes)
    return (sizeInBytes, digest.hexadecimal)
  }
}
