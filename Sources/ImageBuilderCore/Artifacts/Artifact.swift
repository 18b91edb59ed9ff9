import Bindings
import SystemPackage

/// A finished file of OUTDIR with what proves it.
struct Artifact: Sendable, Equatable {
  let path: FilePath
  let sizeInBytes: UInt64
  /// SHA-256 in lower-case hexadecimal.
  let digest: String

  var name: String { path.lastComponent!.string }

  init(path: FilePath, sizeInBytes: UInt64, digest: String) {
    self.path = path
    self.sizeInBytes = sizeInBytes
    self.digest = digest
  }

  /// Reads the file once.
  ///
  /// - Throws: `Errno`.
  init(_ path: FilePath) throws {
    let (digest, sizeInBytes) = try SHA256.hexadecimal(ofFile: path)
    self.init(path: path, sizeInBytes: sizeInBytes, digest: digest)
  }

  /// What manifest.json says of the file.
  var facts: JSONValue {
    ["size": .count(sizeInBytes), "sha256": .string(digest)]
  }

  /// Writes `FILE.sha256`: the digest alone on a line.
  func writeChecksum() throws {
    try FileAccess.write("\(digest)\n", to: FilePath("\(path).sha256"))
  }
}
