import Glibc
import SystemPackage

/// The free space of a filesystem.
public struct DiskSpace: Sendable, Equatable {
  /// Bytes that are available to unprivileged users.
  public private(set) var freeBytes: UInt64
  /// The number of files that can be created; the maximum value if there is no limit.
  public private(set) var freeInodes: UInt64
  /// The size of the filesystem in bytes.
  public let totalBytes: UInt64

  /// Measures the filesystem that contains `path`.
  ///
  /// - Throws: `LinuxError`.
  public init(at path: FilePath) throws(LinuxError) {
    var status = statvfs()
    try checkedCall("ask for the free space of \(path)", statvfs(path.string, &status))
    freeBytes = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    totalBytes = UInt64(status.f_blocks) * UInt64(status.f_frsize)
    freeInodes = status.f_files == 0 ? .max : UInt64(status.f_favail)
  }

  /// The free space after the given amounts have been freed.
  public func adding(bytes: UInt64, inodes: UInt64) -> DiskSpace {
    var space = self
    space.freeBytes += bytes
    if freeInodes != .max { space.freeInodes += inodes }
    return space
  }
}
