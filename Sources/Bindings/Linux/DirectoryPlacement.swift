import CLinux
import Glibc
import SystemPackage

/// Where ext4 puts directories.
public enum DirectoryPlacement {
  /// Makes an empty directory for many files, away from where such a directory was removed before.
  ///
  /// Without a journal ext4 gives no inode to another file for some minutes (Linux,
  /// fs/ext4/ialloc.c), and looks at each that was freed when it needs one close by: a tree that is
  /// made again at the same place takes several times as long. A name that was not there before leads
  /// elsewhere.
  ///
  /// - Throws: `LinuxError`.
  public static func create(_ path: FilePath) throws(LinuxError) {
    let parent = path.removingLastComponent()
    // Other filesystems need no hint.
    _ = linux_spread_directories(parent.string)
    let unique = parent.appending(".\(UInt64.random(in: 0 ... .max))")
    try checkedCall("create the directory \(path)", mkdir(unique.string, 0o755))
    try checkedCall("create the directory \(path)", rename(unique.string, path.string))
  }
}
