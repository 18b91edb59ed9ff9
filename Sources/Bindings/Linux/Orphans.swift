import CLinux
import Glibc

/// Processes whose parent has ended.
public enum Orphans {
  /// Makes this process the parent of those among its descendants, so that they can be found; they
  /// would be children of the init process otherwise.
  ///
  /// - Throws: `LinuxError`.
  public static func adopt() throws(LinuxError) {
    try checkedCall("become the parent of orphans", linux_adopt_orphans())
  }

  /// Whether this process is their parent.
  public static var areAdopted: Bool { linux_adopts_orphans() }
}
