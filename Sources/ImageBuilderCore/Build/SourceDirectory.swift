import Bindings
import Glibc
import SystemPackage

/// Finds the files that come with the program: buildscript, hooks, helpers, lib, data, config.
public enum SourceDirectory {
  /// The checkout that the program was compiled in, or where `make install` put the files.
  ///
  /// - Throws: `BuildError.missingFiles`, `LinuxError`.
  public static func find() throws -> FilePath {
    let program = try programPath()
    let installed = program.removingLastComponent().removingLastComponent()
      .appending("share/eos-image-builder")
    if holdsFiles(installed) { return installed }
    var directory = program
    while directory.removeLastComponent(), !directory.components.isEmpty {
      if holdsFiles(directory) { return directory }
    }
    throw BuildError.missingFiles(program)
  }

  /// The program that is running.
  ///
  /// - Throws: `LinuxError`.
  static func programPath() throws -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &buffer, Int(PATH_MAX)) > 0 else {
      throw LinuxError("find the running program", Errno(rawValue: errno))
    }
    return FilePath(platformString: buffer)
  }

  /// A path as the shell that started us means it.
  public static func absolute(_ path: String) -> FilePath {
    let path = FilePath(path)
    guard path.isRelative, let current = getcwd(nil, 0) else { return path.lexicallyNormalized() }
    defer { free(current) }
    return FilePath(String(cString: current)).pushing(path).lexicallyNormalized()
  }

  /// Whether a directory is there.
  public static func isDirectory(_ path: FilePath) -> Bool {
    var status = stat()
    return stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func holdsFiles(_ directory: FilePath) -> Bool {
    ["buildscript", "hooks", "lib/eib.sh"].allSatisfy { name in
      access(directory.pushing(FilePath(name)).string, F_OK) == 0
    }
  }
}
