import Configuration
import SystemPackage

/// The outputs that check and publish hooks may replace: SHA256SUMS, signatures, and the other files
/// that SHA256SUMS does not list. They are small. Copies are kept with the records of stages, so that a
/// build in which such a hook failed can be resumed.
enum ReplaceableOutputs {
  /// Copies the files to the records.
  ///
  /// - Throws: `Errno`, `LinuxError`.
  static func keep(_ paths: BuildPaths) throws {
    let listing = OutputListing(paths)
    let names = Set(listing.names).subtracting(listing.covered)
    guard !names.isEmpty else { return }
    try Directories.create(directory(paths), mode: 0o700)
    for name in names {
      let file = paths.outputDirectory.pushing(FilePath(name))
      guard FileKind(of: file) == .regular else { continue }
      let copy = directory(paths).appending(try FileFacts(of: file).digest)
      guard !Directories.exists(copy) else { continue }
      try FileAccess.copy(file, to: copy, permissions: [.ownerReadWrite])
    }
  }

  /// The copy of the file that had this digest; nil if there is none.
  static func copy(withDigest digest: String, _ paths: BuildPaths) -> FilePath? {
    guard DigestSyntax.isValid(digest) else { return nil }
    let copy = directory(paths).appending(digest)
    return FileKind(of: copy) == .regular ? copy : nil
  }

  private static func directory(_ paths: BuildPaths) -> FilePath {
    paths.stageRecords.appending("files")
  }
}
