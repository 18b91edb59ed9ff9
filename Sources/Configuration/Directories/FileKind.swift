import Glibc
import SystemPackage

/// The kind of a file. The description completes a sentence such as "PATH is a directory".
package enum FileKind: String, CustomStringConvertible {
  case regular = "a regular file"
  case directory = "a directory"
  case link = "a symbolic link"
  case pipe = "a named pipe"
  case socket = "a socket"
  case device = "a device"

  /// Returns the kind for an `st_mode` of stat(2).
  package init(_ mode: mode_t) {
    self =
      switch mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      default: .device
      }
  }

  /// Returns the kind of the file at `path`; nil if there is none. Symbolic links are not followed.
  package init?(of path: FilePath) {
    var status = stat()
    guard lstat(path.string, &status) == 0 else { return nil }
    self.init(status.st_mode)
  }

  /// Returns the kind of the file that `path` leads to; nil if there is none.
  package init?(following path: FilePath) {
    var status = stat()
    guard stat(path.string, &status) == 0 else { return nil }
    self.init(status.st_mode)
  }

  package var description: String { rawValue }
}
