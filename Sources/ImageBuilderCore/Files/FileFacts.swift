import Bindings
import SystemPackage

/// What is known of a file's content.
struct FileFacts: Sendable, Equatable {
  /// SHA-256, as far as the end of the file.
  let snapshot: MessageDigest.Snapshot
  let sizeInBytes: UInt64

  /// SHA-256 in lower-case hexadecimal.
  var digest: String { snapshot.hexadecimal }

  init(_ snapshot: MessageDigest.Snapshot, sizeInBytes: UInt64) {
    self.snapshot = snapshot
    self.sizeInBytes = sizeInBytes
  }

  /// The digest of a file with this content and some bytes behind it; the file is read again where
  /// the digest is another one than SHA-256.
  ///
  /// - Throws: `Errno`; `Changed` when the file holds something else by now.
  func digest(
    _ algorithm: MessageDigest.Algorithm, of path: FilePath, followedBy bytes: [UInt8]
  ) throws -> [UInt8] {
    guard algorithm != .sha256 else { return snapshot.digest(followedBy: bytes) }
    let other = try MessageDigest.snapshot(ofFile: path, algorithm).snapshot
    guard try FileFacts(of: path) == self else { throw Changed(path: path) }
    return other.digest(followedBy: bytes)
  }

  /// A file is not what it was.
  struct Changed: Error, CustomStringConvertible {
    let path: FilePath
    var description: String { "\(path) was changed while it was read" }
  }

  /// Reads the file once.
  ///
  /// - Throws: `Errno`.
  init(of path: FilePath) throws {
    (snapshot, sizeInBytes) = try MessageDigest.snapshot(ofFile: path)
  }
}

/// What a file and its compressed form are.
typealias CompressedFacts = (source: FileFacts, target: FileFacts)
