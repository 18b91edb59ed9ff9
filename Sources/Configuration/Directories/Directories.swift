import Glibc
import SystemPackage

/// Names of files, and what is at a path. Nothing here opens a file.
package enum Directories {
  /// The names in a directory, sorted by bytes; none when it cannot be listed.
  package static func names(in directory: FilePath) -> [String] {
    guard let stream = directory.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The names of everything below a directory that is no directory itself, relative to it and
  /// sorted by bytes, folder by folder. Links are not followed.
  package static func files(below directory: FilePath) -> [String] {
    files(in: directory, prefix: "")
  }

  private static func files(in directory: FilePath, prefix: String) -> [String] {
    names(in: directory).flatMap { name -> [String] in
      let path = directory.appending(name)
      guard let kind = FileKind(of: path) else { return [] }
      return kind == .directory ? files(in: path, prefix: prefix + name + "/") : [prefix + name]
    }
  }

  /// Whether there is something at `path`, even a link to nothing.
  package static func exists(_ path: FilePath) -> Bool { FileKind(of: path) != nil }

  /// Whether `path` is a directory, or a link to one.
  package static func isDirectory(_ path: FilePath) -> Bool {
    var status = stat()
    return stat(path.string, &status) == 0 && FileKind(status.st_mode) == .directory
  }

  /// What a symbolic link points to; nil for anything else.
  package static func linkTarget(of path: FilePath) -> FilePath? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink(path.string, &target, Int(PATH_MAX)) > 0 else { return nil }
    return FilePath(platformString: target)
  }

  /// A path given on the command line, relative ones from the working directory on.
  package static func absolute(_ path: String) -> FilePath {
    let path = FilePath(path)
    guard path.isRelative, let current = getcwd(nil, 0) else { return path.lexicallyNormalized() }
    defer { free(current) }
    return FilePath(String(cString: current)).pushing(path).lexicallyNormalized()
  }
}
