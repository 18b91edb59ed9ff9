import Bindings
import Configuration
import Glibc
import SystemPackage

/// A directory that nobody else can enter and that goes with what it was made for.
enum TemporaryDirectory {
  /// Calls `body` with an empty directory in `parent`, and removes it however `body` ends.
  ///
  /// - Throws: `LinuxError`; what `body` throws.
  static func with<Result>(
    in parent: FilePath, _ body: (FilePath) async throws -> Result
  ) async throws -> Result {
    var template = Array(parent.appending("image-builder-XXXXXX").string.utf8CString)
    guard mkdtemp(&template) != nil else {
      throw LinuxError("make a directory in \(parent)", Errno(rawValue: errno))
    }
    let path = FilePath(platformString: template)
    defer { remove(path) }
    return try await body(path)
  }

  /// Removes it without another program, which a task that was ended could not start.
  private static func remove(_ path: FilePath) {
    for name in Directories.names(in: path) {
      let inside = path.appending(name)
      if unlink(inside.string) != 0 && errno == EISDIR { remove(inside) }
    }
    rmdir(path.string)
  }
}
