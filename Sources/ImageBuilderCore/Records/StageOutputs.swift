import Configuration
import Glibc
import SystemPackage

/// The files that one stage leaves for the next: those of OUTDIR and MANIFESTDIR, and ostree.txt.
enum StageOutputs {
  static func all(_ paths: BuildPaths) -> [FilePath] {
    inDirectories(paths) + [paths.treeInformation].filter(Directories.exists)
  }

  /// The files of OUTDIR and MANIFESTDIR.
  static func inDirectories(_ paths: BuildPaths) -> [FilePath] {
    [paths.outputDirectory, paths.manifestDirectory].flatMap { directory in
      Directories.files(below: directory).map { directory.pushing(FilePath($0)) }
    }
  }

  /// What a file was when it was made: the digest that was written beside an image says it without
  /// another reading of gigabytes.
  ///
  /// - Throws: `Errno`, `LinuxError`.
  static func recordedDigest(of file: FilePath) throws -> String {
    let sidecar = FilePath("\(file).sha256")
    if FileKind(of: file) == .regular, FileKind(of: sidecar) == .regular {
      let digest = String(try FileAccess.text(of: sidecar).dropLast())
      if DigestText.isValid(digest) { return digest }
    }
    return try digest(of: file)
  }

  /// What a file is now.
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
