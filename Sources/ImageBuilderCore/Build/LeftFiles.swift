import Bindings
import Glibc
import SystemPackage

/// The files that one stage leaves for the next: those of OUTDIR and MANIFESTDIR, and ostree.txt.
enum LeftFiles {
  static func all(_ paths: BuildPaths) -> [FilePath] {
    let directories = [paths.outputDirectory, paths.manifestDirectory]
    let files = directories.flatMap { directory in
      OutputListing(directory).names.map { directory.pushing(FilePath($0)) }
    }
    return files + [paths.treeInformation].filter(BuildDirectories.exists)
  }

  /// What a file was when it was made: the digest that was written beside an image says it without
  /// another reading of gigabytes.
  ///
  /// - Throws: `Errno`, `LinuxError`.
  static func recordedDigest(of file: FilePath) throws -> String {
    let companion = FilePath("\(file).sha256")
    if kind(of: file) == S_IFREG, kind(of: companion) == S_IFREG {
      let text = try FileAccess.text(of: companion)
      if text.utf8.count == 65, text.hasSuffix("\n") { return String(text.dropLast()) }
    }
    return try digest(of: file)
  }

  /// What a file is now.
  ///
  /// - Throws: `Errno`.
  static func digest(of file: FilePath) throws -> String {
    switch kind(of: file) {
    case S_IFREG: return try FileFacts(of: file).digest
    case S_IFLNK:
      var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      guard readlink(file.string, &target, Int(PATH_MAX)) >= 0 else { throw Errno(rawValue: errno) }
      return "link to \(FilePath(platformString: target))"
    case let kind: return "of kind \(kind)"
    }
  }

  private static func kind(of file: FilePath) -> mode_t {
    var status = stat()
    return lstat(file.string, &status) == 0 ? status.st_mode & S_IFMT : 0
  }
}
