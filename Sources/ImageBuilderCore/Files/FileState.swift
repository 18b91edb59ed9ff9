import Configuration
import Glibc
import SystemPackage

/// The identity, size and change time of a regular file. Every write updates the change time, which
/// programs cannot set, so that a file with the same state has the same content.
struct FileState: Sendable, Equatable {
  /// The state as text, for records.
  let text: String
  let sizeInBytes: UInt64

  /// Returns nil if there is no regular file at `path`.
  init?(of path: FilePath) {
    var status = stat()
    guard lstat(path.string, &status) == 0, FileKind(status.st_mode) == .regular else {
      return nil
    }
    text =
      "\(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_ctim.tv_sec) "
      + "\(status.st_ctim.tv_nsec)"
    sizeInBytes = UInt64(status.st_size)
  }
}
