import Glibc
import SystemPackage

/// Device files.
public enum DeviceFile {
  /// The number of `/dev/null`: major 1, minor 3.
  private static let null: dev_t = 1 << 8 | 3

  /// Makes a device file that is the same device as `/dev/null`.
  ///
  /// - Throws: `LinuxError`.
  public static func makeNull(at path: FilePath) throws(LinuxError) {
    try checkedCall("make the device file \(path)", mknod(path.string, S_IFCHR | 0o600, null))
  }
}
