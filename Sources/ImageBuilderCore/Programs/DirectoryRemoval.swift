import Configuration
import SystemPackage

extension Directories {
  /// Removes a file, or a directory and its content, including immutable files.
  ///
  /// Symbolic links are not followed. Other filesystems that are mounted inside are not touched.
  ///
  /// - Throws: `CommandFailure`.
  static func remove(_ path: FilePath) async throws {
    guard exists(path) else { return }
    let remove = Command("rm", ["-rf", "--one-file-system", "--", path.string])
    do {
      try await remove.run()
    } catch is CommandFailure {
      // Deployments have an immutable root directory. If chattr fails, the second rm reports it.
      _ = try? await Command("chattr", ["-R", "-f", "-i", "--", path.string]).run()
      try await remove.run()
    }
  }

  /// Creates an empty directory. An existing file or directory is removed first.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`.
  static func recreate(_ path: FilePath) async throws {
    try await remove(path)
    try create(path)
  }
}
