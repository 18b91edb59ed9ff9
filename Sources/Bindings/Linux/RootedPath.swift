import CLinux
import Glibc
import SystemPackage

/// Paths inside another root directory, as a process with that root would see them.
public enum RootedPath {
  /// Where `inside` is on the host.
  ///
  /// Links, also absolute ones, and `..` never lead out of `root` (openat2(2), RESOLVE_IN_ROOT).
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

  /// Makes a directory and those above it where they are missing, none of them outside of `root`.
  ///
  /// - Returns: where it is on the host.
  /// - Throws: `LinuxError`, also for a link on the way that leads to nothing.
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
