import CLinux
import SystemPackage

/// The times at which files were last written.
public enum ModificationTimes {
  /// Sets those below `directory` that are later than `latest`, in seconds since the epoch, to it.
  /// Other filesystems below the directory are left alone, and so are the targets of links.
  ///
  /// - Throws: `LinuxError`.
  public static func clamp(
    below directory: FilePath, to latest: UInt64
  ) throws(LinuxError) {
    try checkedCall(
      "set the times of files in \(directory)",
      linux_clamp_modification_times(directory.string, time_t(clamping: latest)))
  }
}
