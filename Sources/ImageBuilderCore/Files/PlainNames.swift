import Bindings
import Glibc
import SystemPackage

/// Names for tools that give characters of a path a meaning of their own.
///
/// debugfs, e2fsck and mke2fs read options after a `?`, debugfs splits its requests at blanks and
/// quotes, and mtools looks for drives and offsets in names. They run in a directory of ours and
/// find a file there by a name without such characters, a symbolic link to it.
struct PlainNames: Sendable {
  /// The working directory of the tools.
  let directory: FilePath

  /// Gives a file a name. An earlier file of that name is replaced.
  ///
  /// - Throws: `LinuxError`.
  func set(_ name: String, to file: FilePath) throws {
    let link = directory.appending(name)
    unlink(link.string)
    guard symlink(file.string, link.string) == 0 else {
      throw LinuxError("name \(file) in \(directory)", Errno(rawValue: errno))
    }
  }
}
