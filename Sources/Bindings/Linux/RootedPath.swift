import CLinux
import Glibc
import SystemPackage

/// Resolves paths as a process with another root directory would.
public enum RootedPath {
  /// The path of `inside` on the host.
  ///
  /// Symbolic links, including absolute ones, and `..` are resolved within `root` and cannot leave
  /// it (openat2(2), RESOLVE_IN_ROOT).
  ///
  /// - Throws: `LinuxError`.
  public static func resolve(_ inside: String, in root: FilePath) throws(LinuxError) -> FilePath {
    let operation = "find \(inside) in \(root)"
    let rootDescriptor = try checkedCall(
      operation, open(root.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    defer { close(rootDescriptor) }
    let descriptor = try checkedCall(operation, linux_open_in_root(rootDescriptor, inside))
    defer { close(descriptor) }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink("/proc/self/fd/\(descriptor)", &buffer, Int(PATH_MAX))
    guard length > 0 else { throw LinuxError(operation, Errno(rawValue: errno)) }
    return FilePath(platformString: buffer)
  }

  /// The path of `inside` on the host, as `resolve` finds it; nil if it does not exist.
  ///
  /// - Throws: `LinuxError`.
  public static func find(_ inside: String, in root: FilePath) throws(LinuxError) -> FilePath? {
    do {
      return try resolve(inside, in: root)
    } catch {
      guard error.isAbsence else { throw error }
      return nil
    }
  }

  /// Creates a directory and its missing parents within `root`.
  ///
  /// - Returns: the path of the directory on the host.
  /// - Throws: `LinuxError`, also if a symbolic link in the path has no target.
  @discardableResult
  public static func createDirectory(
    _ inside: String, in root: FilePath
  ) throws(LinuxError) -> FilePath {
    do {
      return try resolve(inside, in: root)
    } catch  where error.errno == .noSuchFileOrDirectory {
      let path = FilePath("/").pushing(FilePath(inside))
      guard let name = path.lastComponent else { throw error }
      let parent = try createDirectory(path.removingLastComponent().string, in: root)
      let result = mkdir(parent.appending(name).string, 0o755)
      if result != 0 && errno != EEXIST {
        throw LinuxError("create the directory \(path) in \(root)", Errno(rawValue: errno))
      }
      return try resolve(inside, in: root)
    }
  }
}
