import Glibc

/// A limit for the size of files that the process writes, enforced by the kernel.
public enum FileSizeLimit {
  private static let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)

  /// The limit that the caller of this process has set, in bytes; nil if there is none.
  ///
  /// - Throws: `LinuxError`.
  public static func current() throws(LinuxError) -> UInt64? {
    var limit = rlimit()
    try checkedCall("read the limit of file sizes", getrlimit(resource, &limit))
    return limit.rlim_cur == rlim_t.max ? nil : UInt64(limit.rlim_cur)
  }

  /// Sets the limit while `body` runs. A write beyond `sizeInBytes` fails with EFBIG. Programs that
  /// are started in the meantime inherit the limit.
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
