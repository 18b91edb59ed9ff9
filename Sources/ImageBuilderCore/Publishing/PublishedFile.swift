import Configuration
import SystemPackage

/// A file of OUTDIR as it is published.
struct PublishedFile: Sendable {
  /// The name relative to OUTDIR.
  let name: String
  let path: FilePath
  let sizeInBytes: UInt64
  /// SHA-256 in lower-case hexadecimal.
  let digest: String

  /// The files of OUTDIR. The digests of those that SHA256SUMS lists are taken from there: the check
  /// stage has verified them.
  ///
  /// - Throws: `Errno`; `OutputError.damaged` if OUTDIR holds anything but regular files.
  static func all(in outputs: FilePath) throws -> [PublishedFile] {
    let tree = try OutputTree(outputs)
    guard tree.findings.isEmpty else {
      throw OutputError.damaged(tree.findings.map(\.description))
    }
    let list = outputs.appending(OutputListing.checksumList)
    let listed = (try? FileAccess.text(of: list)).map { ChecksumList(parsing: $0).digests } ?? [:]
    return try tree.sizesInBytes.sorted { $0.key < $1.key }.map { name, sizeInBytes in
      let path = outputs.pushing(FilePath(name.text))
      return PublishedFile(
        name: name.text, path: path, sizeInBytes: sizeInBytes,
        digest: try listed[name] ?? FileFacts(of: path).digest)
    }
  }
}
