import CLinux
import Glibc
import SystemPackage

/// Mounts and unmounts filesystems in the mount namespace of the calling process.
public enum Mount {
  /// ST_NOEXEC (statvfs(3)).
  private static let noPrograms: UInt = 8

  /// Mounts a new filesystem of `type`.
  ///
  /// - Parameter options: options of the filesystem, for example `mode=1777`.
  /// - Throws: `LinuxError`.
  public static func filesystem(
    _ type: String, at target: FilePath, options: String = "", readOnly: Bool = false
  ) throws(LinuxError) {
    // Terminals are device files.
    let flags = UInt(MS_NOSUID) | (type == "devpts" ? 0 : UInt(MS_NODEV))
    try checkedCall(
      "mount \(type) on \(target)", mount(type, target.string, type, flags, options))
    if readOnly { try setReadOnly(true, target, recursive: false) }
  }

  /// Makes `source` also visible at `target` (bind mount).
  ///
  /// - Throws: `LinuxError`.
  public static func bind(
    _ source: FilePath, at target: FilePath, recursive: Bool = false
  ) throws(LinuxError) {
    try checkedCall(
      "mount \(source) on \(target)",
      mount(source.string, target.string, nil, UInt(MS_BIND) | (recursive ? UInt(MS_REC) : 0), nil))
  }

  /// Makes the mounts at and below `target` private: mounts and unmounts do not propagate to or
  /// from other namespaces.
  ///
  /// - Throws: `LinuxError`.
  public static func makePrivate(_ target: FilePath) throws(LinuxError) {
    try checkedCall(
      "make the mount \(target) private",
      mount(nil, target.string, nil, UInt(MS_PRIVATE) | UInt(MS_REC), nil))
  }

  /// Makes a mount read-only or writable; if `recursive`, also all mounts below it.
  ///
  /// - Throws: `LinuxError`.
  public static func setReadOnly(
    _ readOnly: Bool, _ target: FilePath, recursive: Bool
  ) throws(LinuxError) {
    try checkedCall(
      "make the mount \(target) \(readOnly ? "read-only" : "writable")",
      linux_mount_set_read_only(target.string, readOnly, recursive))
  }

  /// Whether the filesystem of `path` is mounted so that no program in it can be started.
  ///
  /// - Throws: `LinuxError`.
  public static func forbidsPrograms(at path: FilePath) throws(LinuxError) -> Bool {
    var status = statvfs()
    try checkedCall("ask for the mount options of \(path)", statvfs(path.string, &status))
    return status.f_flag & noPrograms != 0
  }

  /// Detaches a mount and all mounts below it.
  ///
  /// - Throws: `LinuxError`.
  public static func detach(_ target: FilePath) throws(LinuxError) {
    try checkedCall("unmount \(target)", umount2(target.string, Int32(MNT_DETACH)))
  }
}
