import SystemPackage

/// A finished file in OUTDIR, with its size and digest.
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

  /// Describes a file that has been read or written before.
  init(_ path: FilePath, _ content: FileFacts) {
    self.path = path
    self.content = content
  }

  /// Writes `FILE.sha256`.
  ///
  /// - Throws: `LinuxError`.
  func writeChecksum() throws {
    try FileAccess.write(ChecksumLine.text(digest, name), to: FilePath("\(path).sha256"))
  }
}
