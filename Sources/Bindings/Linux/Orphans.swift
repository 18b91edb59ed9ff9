import CLinux
import Glibc

/// Processes whose parent has ended.
public enum Orphans {
  /// Makes this process the parent of orphaned descendants, so that it can find them. Without this
  /// call, the init process becomes their parent.
  ///
  /// - Throws: `LinuxError`.
  public static func adopt() throws(LinuxError) {
    try checkedCall("become the parent of orphans", linux_adopt_orphans())
  }

  /// Whether `adopt()` is in effect for this process.
  public static var areAdopted: Bool { linux_adopts_orphans() }
}
