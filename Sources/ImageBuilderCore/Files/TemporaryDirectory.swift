import Configuration
import Glibc
import SystemPackage

/// A private directory that exists as long as it is used.
enum TemporaryDirectory {
  private static let prefix = "image-builder-"
  /// A directory with a link to each temporary directory that is in use, so that those of a process
  /// that was killed can be found; nil for none.
  @TaskLocal static var register: FilePath?

  /// Creates an empty directory in `parent`, calls `body` with it, and removes it afterwards in any
  /// case.
  ///
  /// - Throws: `NoTemporaryDirectory`; what `body` throws.
  static func with<Result>(
    in parent: FilePath, _ body: (FilePath) async throws -> Result
  ) async throws -> Result {
    var template = Array(parent.appending("\(prefix)XXXXXX").string.utf8CString)
    guard mkdtemp(&template) != nil else {
      throw NoTemporaryDirectory(parent: parent, errno: Errno(rawValue: errno))
    }
    let path = FilePath(platformString: template)
    let entry = register?.appending(path.lastComponent!)
    if let entry { symlink(path.string, entry.string) }
    defer {
      remove(path)
      if let entry { unlink(entry.string) }
    }
    return try await body(path)
  }

  /// Removes the directories that a process which was killed has left.
  static func removeRegistered(in register: FilePath) {
    for name in Directories.names(in: register) where name.hasPrefix(prefix) {
      var status = stat()
      guard let path = Directories.linkTarget(of: register.appending(name)),
        path.lastComponent?.string == name, lstat(path.string, &status) == 0,
        FileKind(status.st_mode) == .directory, status.st_uid == geteuid()
      else { continue }
      remove(path)
    }
  }

  /// Does not run rm, because a cancelled task cannot start programs.
  private static func remove(_ path: FilePath) {
    for name in Directories.names(in: path) {
      let inside = path.appending(name)
      if unlink(inside.string) != 0 && errno == EISDIR { remove(inside) }
    }
    rmdir(path.string)
  }
}

/// A temporary directory cannot be made.
struct NoTemporaryDirectory: ExitStatusError, CustomStringConvertible {
  let parent: FilePath
  let errno: Errno

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "no temporary directory can be made in \(visible(parent.string)): \(errno)"
  }
}
