import Bindings
import SystemPackage

/// What is known of a file's content.
struct FileFacts: Sendable, Equatable {
  /// SHA-256 in lower-case hexadecimal.
  let digest: String
  let sizeInBytes: UInt64

  init(digest: String, sizeInBytes: UInt64) {
    self.digest = digest
    self.sizeInBytes = sizeInBytes
  }

  /// Reads the file once.
  ///
  /// - Throws: `Errno`.
  init(of path: FilePath) throws {
    (digest, sizeInBytes) = try SHA256.hexadecimal(ofFile: path)
  }
}
