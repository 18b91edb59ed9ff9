import Configuration
import Glibc
import SystemPackage

/// A private directory that exists as long as it is used.
enum TemporaryDirectory {
  /// Creates an empty directory in `parent`, calls `body` with it, and removes it afterwards in any
  /// case.
  ///
  /// - Throws: `NoTemporaryDirectory`; what `body` throws.
  static func with<Result>(
    in parent: FilePath, _ body: (FilePath) async throws -> Result
  ) async throws -> Result {
    var template = Array(parent.appending("image-builder-XXXXXX").string.utf8CString)
    guard mkdtemp(&template) != nil else {
      throw NoTemporaryDirectory(parent: parent, errno: Errno(rawValue: errno))
    }
    let path = FilePath(platformString: template)
    defer { remove(path) }
    return try await body(path)
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
