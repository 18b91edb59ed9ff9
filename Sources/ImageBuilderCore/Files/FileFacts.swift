import Bindings
import Configuration
import SystemPackage

/// The digest and size of a file.
struct FileFacts: Sendable, Equatable {
  /// The SHA-256 of the whole content.
  let snapshot: MessageDigest.Snapshot
  let sizeInBytes: UInt64

  /// SHA-256 in lower-case hexadecimal.
  var digest: String { snapshot.hexadecimal }

  init(_ snapshot: MessageDigest.Snapshot, sizeInBytes: UInt64) {
    self.snapshot = snapshot
    self.sizeInBytes = sizeInBytes
  }

  /// The digest of the content followed by `bytes`. The file is read again for algorithms other
  /// than SHA-256.
  ///
  /// - Throws: `Errno`; `Changed` if the content of the file has changed; `NotStored` if there is no
  ///   file.
  func digest(
    _ algorithm: MessageDigest.Algorithm, of path: FilePath, followedBy bytes: [UInt8]
  ) throws -> [UInt8] {
    guard algorithm != .sha256 else { return snapshot.digest(followedBy: bytes) }
    guard Directories.exists(path) else { throw NotStored() }
    let other = try MessageDigest.snapshot(ofFile: path, algorithm).snapshot
    guard try FileFacts(of: path) == self else { throw Changed(path: path) }
    return other.digest(followedBy: bytes)
  }

  /// A file that was read from a server and would have to be read again.
  struct NotStored: Error, CustomStringConvertible {
    let description =
      "it signs another digest than SHA-256, which only a file in a directory is read for again"
  }

  /// A file that was modified while it was read.
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

/// The facts of a file and of its compressed form.
typealias CompressedFacts = (source: FileFacts, target: FileFacts)
