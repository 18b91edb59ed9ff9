import Glibc
import SystemPackage

/// What is at a path; its description is the end of a sentence.
package enum FileKind: String, CustomStringConvertible {
  case regular = "a regular file"
  case directory = "a directory"
  case link = "a symbolic link"
  case pipe = "a named pipe"
  case socket = "a socket"
  case device = "a device"

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

  /// What the path itself names, not what a link points to; nil when there is nothing.
  package init?(of path: FilePath) {
    var status = stat()
    guard lstat(path.string, &status) == 0 else { return nil }
    self.init(status.st_mode)
  }

  package var description: String { rawValue }
}
