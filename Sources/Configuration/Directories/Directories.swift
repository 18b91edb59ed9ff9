import Glibc
import SystemPackage

/// Lists directories and inspects paths. No file is opened or changed.
package enum Directories {
  /// Returns the names in a directory, sorted by bytes. An unreadable directory has none.
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

  /// Returns the paths, relative to `directory`, of everything below it that is not a directory.
  /// Symbolic links are listed and not followed. The names in each directory are sorted by bytes.
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

  /// Returns whether anything exists at `path`. A symbolic link exists even if its target does not.
  package static func exists(_ path: FilePath) -> Bool { FileKind(of: path) != nil }

  /// Returns whether `path` is a directory or a symbolic link to one.
  package static func isDirectory(_ path: FilePath) -> Bool {
    FileKind(following: path) == .directory
  }

  /// Returns the path itself, or its nearest parent that exists.
  package static func existing(_ path: FilePath) -> FilePath {
    var existing = path
    while !exists(existing), existing.removeLastComponent() {}
    return existing
  }

  /// Returns whether `path` is a directory or can become one: nothing above it is another file.
  package static func canBeDirectory(_ path: FilePath) -> Bool {
    isDirectory(existing(path))
  }

  /// Returns the target of a symbolic link; nil if `path` is not a symbolic link.
  package static func linkTarget(of path: FilePath) -> FilePath? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink(path.string, &target, Int(PATH_MAX)) > 0 else { return nil }
    return FilePath(platformString: target)
  }

  /// Returns the absolute, lexically normalized form of a path from the command line. A relative
  /// path starts at the working directory.
  package static func absolute(_ path: String) -> FilePath {
    let path = FilePath(path)
    guard path.isRelative, let current = getcwd(nil, 0) else { return path.lexicallyNormalized() }
    defer { free(current) }
    return FilePath(String(cString: current)).pushing(path).lexicallyNormalized()
  }
}
