import CLinux
import Glibc
import SystemPackage

/// The immutable inode flag and extended attributes, which SystemPackage does not know.
public enum FileFlags {
  /// Sets or clears the immutable flag (`chattr +i`) of a file or directory.
  ///
  /// - Throws: `LinuxError`.
  public static func setImmutable(_ immutable: Bool, _ path: FilePath) throws(LinuxError) {
    let descriptor = try open(path)
    defer { close(descriptor) }
    try checkedCall(
      "change the immutable flag of \(path)", linux_set_immutable(descriptor, immutable))
  }

  /// Whether the immutable flag is set.
  ///
  /// - Throws: `LinuxError`.
  public static func isImmutable(_ path: FilePath) throws(LinuxError) -> Bool {
    let descriptor = try open(path)
    defer { close(descriptor) }
    return try checkedCall(
      "read the immutable flag of \(path)", linux_is_immutable(descriptor)) == 1
  }

  private static func open(_ path: FilePath) throws(LinuxError) -> Int32 {
    try checkedCall(
      "open \(path)",
      Glibc.open(path.string, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))
  }

  /// Sets an extended attribute of what `path` itself names, not of what a link points to.
  ///
  /// - Throws: `LinuxError`.
  public static func setAttribute(
    _ name: String, _ value: String, _ path: FilePath
  ) throws(LinuxError) {
    try checkedCall(
      "set the attribute \(name) of \(path)",
      linux_set_attribute(path.string, name, value, value.utf8.count))
  }
}
