import Bindings
import Configuration
import SystemPackage

/// Where a compressed image is read from.
enum PackedImage: Sendable {
  case file(FilePath)
  /// What writes the image to a pipe and closes it. It must not fail when nobody reads any more.
  case stream(@Sendable (FileDescriptor) async throws -> Void)
}

/// The raw disk image from a compressed image, in a sparse file. Zeros may follow it there.
///
/// The file is in a temporary directory and is removed with it.
struct ExtractedImage: Sendable {
  let path: FilePath
  let content: FileFacts

  var disk: RawDiskImage { RawDiskImage(path: path, sizeInBytes: content.sizeInBytes) }

  /// The reason why a compressed image does not contain the expected raw image, worded to follow
  /// its name.
  struct Mismatch: Error, CustomStringConvertible {
    let description: String
  }

  /// Unpacks and hashes `packed`. It stops when the output exceeds the expected size. With a
  /// `keptImage`, which must have the expected digest, the output is not written, because it exists
  /// already.
  ///
  /// - Throws: `Mismatch` if the content is not as expected; `SparseFile.NoRoom`; `Errno`,
  ///   `LinuxError`, `UntrustedFile.Refusal`, `CommandFailure`; what a stream throws.
  init(
    _ packed: PackedImage, _ expected: ReadManifest.RawImage, to path: FilePath,
    _ keptImage: KeptImage? = nil
  ) async throws {
    let content: FileFacts
    do {
      content = try await Self.unpack(packed, expected, to: keptImage == nil ? path : nil)
    } catch let error as UnpackingError {
      throw Mismatch(description: "cannot be unpacked: \(error)")
    }
    if content.sizeInBytes > expected.sizeInBytes {
      throw Mismatch(
        description: "unpacks to more than the \(expected.sizeInBytes) bytes that the manifest says"
      )
    }
    if content.sizeInBytes != expected.sizeInBytes {
      throw Mismatch(
        description: "unpacks to \(content.sizeInBytes) bytes, not the \(expected.sizeInBytes) "
          + "that the manifest says")
    }
    if content.digest != expected.digest {
      throw Mismatch(
        description: "unpacks to an image with SHA-256 \(content.digest), not the "
          + "\(expected.digest) that the manifest says")
    }
    self.path = keptImage?.disk.path ?? path
    self.content = content
  }

  private static func unpack(
    _ packed: PackedImage, _ expected: ReadManifest.RawImage, to path: FilePath?
  ) async throws -> FileFacts {
    switch packed {
    case .file(let file):
      guard expected.compression != .xz else {
        return try await unpackXZ(Compression.unpackingXZ(file), expected, to: path)
      }
      return try await BlockingWork.run { _ in
        let file = try UntrustedFile.open(file)
        defer { try? file.close() }
        return try unpack(file, expected, to: path)
      }
    case .stream(let write):
      let (readEnd, writeEnd) = try FileDescriptor.privatePipe()
      async let written: Void = write(writeEnd)
      let result: Result<FileFacts, any Error>
      do {
        result = .success(try await unpack(readEnd, expected, to: path))
      } catch {
        result = .failure(error)
      }
      try? readEnd.close()
      try await written
      return try result.get()
    }
  }

  private static func unpack(
    _ readEnd: FileDescriptor, _ expected: ReadManifest.RawImage, to path: FilePath?
  ) async throws -> FileFacts {
    guard expected.compression != .xz else {
      return try await unpackXZ(Compression.unpackingXZ(readEnd), expected, to: path)
    }
    return try await BlockingWork.run { _ in try unpack(readEnd, expected, to: path) }
  }

  private static func unpack(
    _ file: FileDescriptor, _ expected: ReadManifest.RawImage, to path: FilePath?
  ) throws -> FileFacts {
    let source: any ByteSource =
      expected.compression == .gz ? try GzipUnpacker(file) : try ZstandardUnpacker(file)
    return try write(source, to: path, atMost: expected.sizeInBytes)
  }

  private static func unpackXZ(
    _ command: Command, _ expected: ReadManifest.RawImage, to path: FilePath?
  ) async throws -> FileFacts {
    let (written, failure) = try await command.run { pipe, _ in
      try write(pipe, to: path, atMost: expected.sizeInBytes)
    }
    let content = try written.get()
    if let failure, content.sizeInBytes <= expected.sizeInBytes {
      throw UnpackingError(failure.lastLines.joined(separator: "; "))
    }
    return content
  }

  /// Stops at the end of `source`, or when it has returned more than `limitInBytes`.
  private static func write(
    _ source: any ByteSource, to path: FilePath?, atMost limitInBytes: UInt64
  ) throws -> FileFacts {
    let digest = DigestThread(sizeInBytes: SparseFile.pieceSizeInBytes)
    do {
      var file = try path.map { try SparseFile($0) }
      var sizeInBytes: UInt64 = 0
      while sizeInBytes <= limitInBytes {
        let buffer = digest.buffer()
        let count = try source.read(into: buffer)
        if count == 0 { break }
        // From here on, both threads only read the buffer.
        digest.append(count)
        try file?.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        sizeInBytes += UInt64(count)
      }
      try file?.finish(sizeInBytes: sizeInBytes)
      return FileFacts(digest.finish(), sizeInBytes: sizeInBytes)
    } catch {
      _ = digest.finish()
      throw error
    }
  }
}
