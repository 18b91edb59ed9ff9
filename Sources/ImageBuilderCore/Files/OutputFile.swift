import Bindings
import SystemPackage

/// A file that is written from its beginning to its end, with the digest of what was written.
struct OutputFile: ~Copyable {
  private let file: FileDescriptor
  private let digest = MessageDigest()
  private var sizeInBytes: UInt64 = 0

  /// Makes the file, in the place of one that is there.
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

  /// Adds bytes.
  ///
  /// - Throws: `Errno`.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    try file.writeAll(bytes)
    digest.update(bytes)
    sizeInBytes += UInt64(bytes.count)
  }

  /// What was written until now.
  var facts: FileFacts { FileFacts(digest.snapshot, sizeInBytes: sizeInBytes) }
}
