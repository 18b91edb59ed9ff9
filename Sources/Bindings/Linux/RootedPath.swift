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
}
