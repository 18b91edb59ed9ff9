import Glibc

/// A limit for files that are written, which the kernel holds.
public enum FileSizeLimit {
  private static let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)

  /// Calls `body` while no file can be written beyond `sizeInBytes` by this process: what tries gets
  /// the error EFBIG. Programs that are started meanwhile inherit it.
  ///
  /// - Throws: `LinuxError`; what `body` throws.
  public static func with<Result>(sizeInBytes: UInt64, _ body: () throws -> Result) throws -> Result
  {
    var old = rlimit()
    try checkedCall("read the limit of file sizes", getrlimit(resource, &old))
    let oldAction = signal(SIGXFSZ, SIG_IGN)
    defer { signal(SIGXFSZ, oldAction) }
    try set(rlimit(rlim_cur: min(rlim_t(sizeInBytes), old.rlim_max), rlim_max: old.rlim_max))
    defer { try? set(old) }
    return try body()
  }

  private static func set(_ limit: rlimit) throws(LinuxError) {
    var limit = limit
    try checkedCall("limit the size of files", setrlimit(resource, &limit))
  }
}
