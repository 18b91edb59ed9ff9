import CLinux
import Glibc
import SystemPackage

/// A loop device that is bound to a file.
public struct LoopDevice: Sendable, Hashable {
  /// The device file.
  public let path: FilePath
  /// The device with the bound file, which may be deleted, or be in another mount namespace.
  public let fileDevice: UInt64
  /// The inode of the bound file.
  public let fileInode: UInt64

  /// Reads the state of a loop device such as `loop0`.
  ///
  /// Returns nil if it is not bound, or cannot be opened.
  public init?(named name: String) {
    path = FilePath("/dev").appending(name)
    var (device, inode) = (UInt64(0), UInt64(0))
    guard linux_loop_file(path.string, &device, &inode) == 0 else { return nil }
    fileDevice = device
    fileInode = inode
  }

  /// Unbinds the file. If a program or a mount still uses the device, the kernel does this after the
  /// last use.
  ///
  /// - Throws: `LinuxError`.
  public func detach() throws(LinuxError) {
    try checkedCall("detach \(path)", linux_loop_detach(path.string))
  }
}
