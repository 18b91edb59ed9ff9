import Bindings
import Glibc
import SystemPackage

/// Makes and removes the directories of a build.
enum BuildDirectories {
  /// Makes a directory and those above it.
  ///
  /// - Throws: `LinuxError`.
  static func create(_ path: FilePath, mode: mode_t = 0o755) throws {
    if mkdir(path.string, mode) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, path.components.count > 1 else {
      throw LinuxError("create the directory \(path)", Errno(rawValue: errno))
    }
    try create(path.removingLastComponent())
    guard mkdir(path.string, mode) == 0 || errno == EEXIST else {
      throw LinuxError("create the directory \(path)", Errno(rawValue: errno))
    }
  }

  /// Makes an empty directory in the place of whatever was there.
  static func recreate(_ path: FilePath) async throws {
    try await remove(path)
    try create(path)
  }

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
      _ = try? await Command("chattr", ["-R", "-f", "-i", "--", path.string]).run()
      try await remove.run()
    }
  }

  /// Whether there is something at `path`, if only a dangling link.
  static func exists(_ path: FilePath) -> Bool {
    var status = stat()
    return lstat(path.string, &status) == 0
  }

  /// The names in a directory, sorted by bytes; empty when there is none.
  static func names(in path: FilePath) -> [String] {
    guard let directory = opendir(path.string) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
