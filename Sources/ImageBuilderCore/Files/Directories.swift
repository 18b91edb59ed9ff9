import Bindings
import Configuration
import Glibc
import SystemPackage

extension Directories {
  /// Creates a directory and its missing parents.
  ///
  /// - Throws: `LinuxError`.
  static func create(_ path: FilePath, mode: mode_t = 0o755) throws {
    if mkdir(path.string, mode) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, path.components.count > 1 else {
      throw LinuxError("create the directory \(path)", Errno(rawValue: errno))
    }
    try create(path.removingLastComponent())
    guard mkdir(path.string, mode) == 0 || errno == EEXIST else {
      throw LinuxError("create the directory \(path)", Errno(rawValue: errno))
    }
  }

  /// Sets the permissions of a file or directory.
  ///
  /// - Throws: `LinuxError`.
  static func setMode(_ mode: mode_t, of path: FilePath) throws {
    guard chmod(path.string, mode) == 0 else {
      throw LinuxError("set the mode of \(path)", Errno(rawValue: errno))
    }
  }

  /// The modification time in nanoseconds since the epoch; the maximum value if the file does not
  /// exist.
  static func modificationTime(of file: FilePath) -> Int64 {
    var status = stat()
    guard lstat(file.string, &status) == 0 else { return .max }
    return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
  }
}
