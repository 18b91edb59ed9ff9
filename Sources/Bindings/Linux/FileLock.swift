import Glibc
import SystemPackage

/// An advisory lock on a file (flock(2)). The kernel releases it when its last descriptor is
/// closed, so it does not survive a crash.
public final class FileLock: Sendable {
  /// Whether several processes can hold the lock at the same time.
  public enum Mode: Sendable {
    case shared
    case exclusive
  }

  private let descriptor: Int32

  /// Acquires the lock on `path`, and creates the file if it does not exist.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait; nil waits without a limit.
  ///   - whenHeld: called once if another process holds the lock, before waiting, with the process
  ///     ID that the holder wrote.
  /// - Returns: nil if the timeout expired.
  /// - Throws: `LinuxError`.
  public static func acquire(
    _ path: FilePath, _ mode: Mode, timeout: Duration? = nil,
    whenHeld: (_ holder: String) -> Void = { _ in }
  ) throws(LinuxError) -> FileLock? {
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
    let descriptor = try checkedCall("open the lock \(path)", open(path.string, flags, 0o644))
    let lock = FileLock(descriptor: descriptor)
    let operation = mode == .shared ? LOCK_SH : LOCK_EX
    let clock = ContinuousClock()
    let end = timeout.map { clock.now.advanced(by: $0) }
    var hasReported = false
    while flock(descriptor, operation | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw LinuxError("lock \(path)", Errno(rawValue: errno))
      }
      if !hasReported { whenHeld(lock.holder()) }
      hasReported = true
      if let end, clock.now >= end { return nil }
      usleep(50_000)
    }
    if mode == .exclusive { lock.writeHolder() }
    return lock
  }

  /// Whether a process holds a lock exclusively. The file need not exist, and it is not changed.
  public static func isHeld(_ path: FilePath) -> Bool {
    let descriptor = open(path.string, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  private func holder() -> String {
    var buffer = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
      .filter(\.isNumber)
  }

  private func writeHolder() {
    let text = "\(getpid())\n"
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.utf8.count, 0)
  }
}
