import CLinux
import Glibc
import SystemPackage

/// Extended attributes, which SystemPackage does not support.
public enum ExtendedAttribute {
  /// Sets an attribute of `path`. A symbolic link is not followed.
  ///
  /// - Throws: `LinuxError`.
  public static func set(
    _ name: String, to value: String, of path: FilePath
  ) throws(LinuxError) {
    try checkedCall(
      "set the attribute \(name) of \(path)",
      linux_set_attribute(path.string, name, value, value.utf8.count))
  }

  /// The names of the attributes of `path`, each with the size of its value in bytes. A symbolic
  /// link is not followed.
  ///
  /// - Throws: `LinuxError`.
  public static func sizesInBytes(
    of path: FilePath
  ) throws(LinuxError) -> [(name: String, value: Int)] {
    let needed = path.withPlatformString { linux_list_attributes($0, nil, 0) }
    if needed == 0 || (needed < 0 && errno == ENOTSUP) { return [] }
    var names = [CChar](repeating: 0, count: max(needed, 0))
    let count = path.withPlatformString { linux_list_attributes($0, &names, names.count) }
    guard needed > 0, count >= 0 else {
      throw LinuxError("list the attributes of \(path)", Errno(rawValue: errno))
    }
    var sizes: [(name: String, value: Int)] = []
    for bytes in names.prefix(count).split(separator: 0) {
      let name = String(decoding: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let size = path.withPlatformString { linux_get_attribute($0, Array(bytes) + [0], nil, 0) }
      guard size >= 0 else {
        throw LinuxError("read the attribute \(name) of \(path)", Errno(rawValue: errno))
      }
      sizes.append((name, size))
    }
    return sizes
  }
}
