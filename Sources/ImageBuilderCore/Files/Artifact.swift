import SystemPackage

/// A finished file of OUTDIR with what proves it.
struct Artifact: Sendable, Equatable {
  let path: FilePath
  let content: FileFacts

  var sizeInBytes: UInt64 { content.sizeInBytes }
  /// SHA-256 in lower-case hexadecimal.
  var digest: String { content.digest }
  var name: String { path.lastComponent!.string }

  /// Reads the file once.
  ///
  /// - Throws: `Errno`.
  init(_ path: FilePath) throws {
    self.init(path, try FileFacts(of: path))
  }

  /// A file that was read or written before.
  init(_ path: FilePath, _ content: FileFacts) {
    self.path = path
    self.content = content
  }

  /// Writes `FILE.sha256`: the digest alone on a line.
  func writeChecksum() throws {
    try FileAccess.write("\(digest)\n", to: FilePath("\(path).sha256"))
  }
}
