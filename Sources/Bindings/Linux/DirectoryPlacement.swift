import CLinux
import Glibc
import SystemPackage

/// Controls where ext4 places directories.
public enum DirectoryPlacement {
  /// Creates an empty directory for many files, away from the place of a directory that was removed
  /// before.
  ///
  /// Without a journal, ext4 does not reuse a freed inode for some minutes (Linux,
  /// fs/ext4/ialloc.c), but it examines each freed inode when it looks for a nearby one. A tree
  /// that is created again in the same place then takes several times as long. A directory with a
  /// name that did not exist before is placed elsewhere.
  ///
  /// - Throws: `LinuxError`.
  public static func create(_ path: FilePath) throws(LinuxError) {
    let parent = path.removingLastComponent()
    // This fails on other filesystems, which do not need it.
    _ = linux_spread_directories(parent.string)
    let unique = parent.appending(".\(UInt64.random(in: 0 ... .max))")
    try checkedCall("create the directory \(path)", mkdir(unique.string, 0o755))
    try checkedCall("create the directory \(path)", rename(unique.string, path.string))
  }
}
