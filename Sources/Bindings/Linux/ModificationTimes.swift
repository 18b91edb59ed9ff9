import CLinux
import SystemPackage

/// Modification times of files.
public enum ModificationTimes {
  /// Sets the modification times of `directory` and of everything below it that are later than
  /// `first` (seconds since the epoch; by default `latest`) to `latest`. Other filesystems are not
  /// entered, and symbolic links are not followed.
  ///
  /// - Throws: `LinuxError`.
  public static func clamp(
    below directory: FilePath, to latest: UInt64, from first: UInt64? = nil
  ) throws(LinuxError) {
    try checkedCall(
      "set the times of files in \(directory)",
      linux_clamp_modification_times(
        directory.string, time_t(clamping: first ?? latest), time_t(clamping: latest)))
  }
}
