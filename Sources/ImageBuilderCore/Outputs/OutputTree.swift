import Configuration
import Glibc
import SystemPackage

/// Everything in an output directory. Symbolic links are not followed.
struct OutputTree: Sendable {
  /// The sizes of the regular files, by names relative to the directory.
  private(set) var sizesInBytes: [ExactName: UInt64] = [:]
  /// Everything that must not be in an output directory.
  private(set) var findings: [OutputFinding] = []

  /// - Throws: `NoOutputDirectory`.
  init(_ directory: FilePath) throws {
    guard Directories.isDirectory(directory), access(directory.string, R_OK | X_OK) == 0 else {
      throw NoOutputDirectory(path: directory)
    }
    var waiting = [""]
    while let folder = waiting.popLast() {
      let path = folder.isEmpty ? directory : directory.pushing(FilePath(folder))
      guard access(path.string, R_OK | X_OK) == 0 else {
        findings.append(OutputFinding(folder, "a directory that cannot be read"))
        continue
      }
      let names = Directories.names(in: path)
      if names.isEmpty && !folder.isEmpty {
        findings.append(OutputFinding(folder, "an empty directory"))
      }
      for name in names {
        let name = folder.isEmpty ? name : "\(folder)/\(name)"
        if add(name, in: directory) == .directory { waiting.append(name) }
      }
    }
  }

  private mutating func add(_ name: String, in directory: FilePath) -> FileKind? {
    var status = stat()
    guard lstat(directory.pushing(FilePath(name)).string, &status) == 0 else {
      findings.append(OutputFinding(name, "cannot be examined: \(Errno(rawValue: errno))"))
      return nil
    }
    let kind = FileKind(status.st_mode)
    if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      findings.append(OutputFinding(name, "has a name with control characters"))
      return nil
    }
    switch kind {
    case .regular: sizesInBytes[ExactName(name)] = UInt64(status.st_size)
    case .directory: break
    default: findings.append(OutputFinding(name, "is \(kind), not a regular file"))
    }
    return kind
  }
}

/// The given path is not a readable directory.
struct NoOutputDirectory: ExitStatusError, CustomStringConvertible {
  let path: FilePath

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "\(visible(path.string)) is not a directory that can be read; --verify takes one that a build "
      + "filled: build:outdir, or OUTVERSION in publish:directory"
  }
}
