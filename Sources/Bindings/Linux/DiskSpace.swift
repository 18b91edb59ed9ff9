import Glibc
import SystemPackage

/// What is free on a filesystem.
public struct DiskSpace: Sendable, Equatable {
  /// Bytes that are free for unprivileged users.
  public private(set) var freeBytes: UInt64
  /// Files that can still be made; the greatest number where there is no limit.
  public private(set) var freeInodes: UInt64
  /// All bytes of the filesystem.
  public let totalBytes: UInt64

  /// Of the filesystem that holds `path`.
  ///
  /// - Throws: `LinuxError`.
  public init(at path: FilePath) throws(LinuxError) {
    var status = statvfs()
    try checkedCall("ask for the free space of \(path)", statvfs(path.string, &status))
    freeBytes = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    totalBytes = UInt64(status.f_blocks) * UInt64(status.f_frsize)
    freeInodes = status.f_files == 0 ? .max : UInt64(status.f_favail)
  }

  /// What is free when that much more is.
  public func adding(bytes: UInt64, inodes: UInt64) -> DiskSpace {
    var space = self
    space.freeBytes += bytes
    if freeInodes != .max { space.freeInodes += inodes }
    return space
  }
}
