import Bindings
import SystemPackage

/// Reads a file once from its beginning to its end, with the digests of its parts and of all.
final class FileDigests: Sendable {
  private let path: FilePath
  private let file: FileDescriptor
  /// Safe to share, because `body` is called for one part after the other.
  private nonisolated(unsafe) let whole = MessageDigest()

  /// - Throws: `Errno`.
  init(_ path: FilePath) throws {
    self.path = path
    file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
  }

  deinit {
    try? file.close()
  }

  /// SHA-256 of the parts so far, in lower-case hexadecimal.
  var digest: String { whole.hexadecimal }

  /// The next part. One call must end before the next one.
  ///
  /// - Throws: `Errno`; `FileFacts.Changed` if the file is shorter; `CancellationError`.
  func body(_ range: Range<UInt64>) async throws -> S3Client.Body {
    let snapshot = try await BlockingWork.run { [self] cancellation in
      let part = MessageDigest()
      try read(range, cancellation) { bytes in
        part.update(bytes)
        whole.update(bytes)
      }
      return part.snapshot
    }
    return S3Client.Body(.file(path, range), digest: snapshot.digest(followedBy: []))
  }

  /// Whether a part of the file is the one that a store has. If the store does not say the SHA-256,
  /// its tag must be the MD5, which it is unless the store encrypts with keys of its own.
  ///
  /// - Throws: as `body`.
  func matches(
    _ range: Range<UInt64>, _ body: S3Client.Body, _ part: S3MultipartUpload.Part?
  ) async throws -> Bool {
    guard let part, part.sizeInBytes == UInt64(range.count) else { return false }
    if let digest = part.digest { return digest == body.base64Digest }
    return try await BlockingWork.run { [self] cancellation in
      let digest = MessageDigest(.md5)
      try read(range, cancellation) { digest.update($0) }
      return part.tag.trimmingPrefix("\"").hasPrefix(digest.hexadecimal)
    }
  }

  private func read(
    _ range: Range<UInt64>, _ cancellation: BlockingWork.Cancellation,
    _ take: (UnsafeRawBufferPointer) -> Void
  ) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    var position = range.lowerBound
    while position < range.upperBound {
      try cancellation.check()
      let wanted = Int(min(UInt64(buffer.count), range.upperBound - position))
      let count = try file.read(
        fromAbsoluteOffset: Int64(position),
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
      guard count > 0 else { throw FileFacts.Changed(path: path) }
      take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      position += UInt64(count)
    }
  }
}
