import Bindings
import Glibc
import SystemPackage

/// The space that becomes free when a directory is removed.
struct ReleasedSpace {
  let device: UInt64
  private(set) var sizeInBytes: UInt64 = 0
  private(set) var files: UInt64 = 0

  /// Counts directories, and files without other hard links.
  ///
  /// - Throws: `LinuxError`.
  init(removing directory: FilePath) throws {
    device = try SpaceShortage.device(of: directory)
    try FileTree.visit(directory) { entry in
      guard entry.isOfKind(S_IFDIR) || entry.status.st_nlink == 1 else { return }
      sizeInBytes += UInt64(entry.status.st_blocks) * 512
      files += 1
    }
  }
}
