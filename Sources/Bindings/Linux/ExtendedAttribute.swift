import CLinux
import SystemPackage

/// Extended attributes, which SystemPackage does not know.
public enum ExtendedAttribute {
  /// Sets an attribute of what `path` itself names, not of what a link points to.
  ///
  /// - Throws: `LinuxError`.
  public static func set(
    _ name: String, to value: String, of path: FilePath
  ) throws(LinuxError) {
    try checkedCall(
      "set the attribute \(name) of \(path)",
      linux_set_attribute(path.string, name, value, value.utf8.count))
  }
}
