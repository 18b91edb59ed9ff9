import Bindings
import Configuration
import SystemPackage

/// The right to boot a machine. Of all builds that share a cache, at most as many boot machines at the
/// same time as there are processors, so that a boot does not take longer than its time limit.
struct BootSlots {
  private let directory: FilePath
  private let count: Int

  init(_ paths: BuildPaths, count: Int = Processors.count) {
    directory = paths.cacheDirectory.appending("boot-slots")
    self.count = count
  }

  /// Waits for a slot. It is free again when the returned lock is released, also if the process is
  /// killed.
  ///
  /// - Parameter whenAllAreTaken: is called once, before waiting.
  /// - Throws: `LinuxError`, `CancellationError`.
  func take(whenAllAreTaken: () -> Void) async throws -> FileLock {
    try Directories.create(directory)
    var hasReported = false
    while true {
      for slot in 0..<count {
        let file = directory.appending("\(slot).lock")
        if let lock = try FileLock.acquire(file, .exclusive, timeout: .zero) { return lock }
      }
      if !hasReported { whenAllAreTaken() }
      hasReported = true
      try await Task.sleep(for: .milliseconds(500))
    }
  }
}
