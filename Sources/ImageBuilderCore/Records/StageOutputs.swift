import Configuration
import Glibc
import SystemPackage

/// The files that a stage leaves for the next one: the content of OUTDIR and MANIFESTDIR, and
/// ostree.txt.
enum StageOutputs {
  static func all(_ paths: BuildPaths) -> [FilePath] {
    inDirectories(paths) + [paths.treeInformation].filter(Directories.exists)
  }

  /// The files in OUTDIR and MANIFESTDIR.
  static func inDirectories(_ paths: BuildPaths) -> [FilePath] {
    [paths.outputDirectory, paths.manifestDirectory].flatMap { directory in
      Directories.files(below: directory).map { directory.pushing(FilePath($0)) }
    }
  }

  /// Removes directories in OUTDIR that contain no files.
  ///
  /// - Throws: `CommandFailure`.
  static func removeEmptyDirectories(_ paths: BuildPaths) async throws {
    var waiting = [paths.outputDirectory]
    while let directory = waiting.popLast() {
      let inside = Directories.names(in: directory).map(directory.appending)
        .filter { FileKind(of: $0) == .directory }
      for path in inside where Directories.files(below: path).isEmpty {
        try await Directories.remove(path)
      }
      waiting += inside
    }
  }

  /// The digest of a file when it was made. For an image, this is the digest in the checksum file
  /// beside it, so that gigabytes are not read again.
  ///
  /// - Throws: `Errno`, `LinuxError`.
  static func recordedDigest(of file: FilePath) throws -> String {
    let sidecar = FilePath("\(file).sha256")
    if FileKind(of: file) == .regular, FileKind(of: sidecar) == .regular,
      let digest = ChecksumLine.digest(in: try FileAccess.text(of: sidecar))
    {
      return digest
    }
    return try digest(of: file)
  }

  /// The digest of the file as it is now.
  ///
  /// - Throws: `Errno`.
  static func digest(of file: FilePath) throws -> String {
    switch FileKind(of: file) {
    case .regular: return try FileFacts(of: file).digest
    case .link: return "link to \(Directories.linkTarget(of: file)?.string ?? "")"
    case let kind?: return "\(kind)"
    case nil: throw Errno.noSuchFileOrDirectory
    }
  }
}
