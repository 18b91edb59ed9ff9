import Configuration
import SystemPackage

extension Directories {
  /// Removes a file or a directory with all that is in it, also what is marked immutable.
  ///
  /// Links are removed, not followed, and other filesystems are left alone.
  ///
  /// - Throws: `CommandFailure`.
  static func remove(_ path: FilePath) async throws {
    guard exists(path) else { return }
    let remove = Command("rm", ["-rf", "--one-file-system", "--", path.string])
    do {
      try await remove.run()
    } catch is CommandFailure {
      // Deployments have an immutable root. What this cannot mend, rm reports again.
      _ = try? await Command("chattr", ["-R", "-f", "-i", "--", path.string]).run()
      try await remove.run()
    }
  }

  /// Makes an empty directory that replaces whatever was there.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`.
  static func recreate(_ path: FilePath) async throws {
    try await remove(path)
    try create(path)
  }
}
