import Bindings
import SystemPackage

/// A file that is written sequentially, with the digest of its content.
struct OutputFile: ~Copyable {
  private let file: FileDescriptor
  private let digest = MessageDigest()
  private var sizeInBytes: UInt64 = 0

  /// Creates the file, or truncates an existing one.
  ///
  /// - Throws: `Errno`.
  init(_ path: FilePath) throws {
    file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
      permissions: .worldReadable)
  }

  deinit {
    try? file.close()
  }

  /// Appends bytes.
  ///
  /// - Throws: `Errno`.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    try file.writeAll(bytes)
    digest.update(bytes)
    sizeInBytes += UInt64(bytes.count)
  }

  /// The digest and size of the bytes that have been written so far.
  var facts: FileFacts { FileFacts(digest.snapshot, sizeInBytes: sizeInBytes) }
}
