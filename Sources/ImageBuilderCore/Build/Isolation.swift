import Bindings
import Configuration
import Glibc
import SystemPackage

/// What a build may change on the host, and the mounts that hold it to that.
///
/// Acts in the mount namespace of the process, which must be private; the kernel takes all of it
/// back when the namespace ends.
struct Isolation {
  /// Directories that stay writable.
  let writable: [FilePath]
  /// Directories that must be seen though they may lie where a build gets a place of its own.
  let visible: [FilePath]
  /// A directory that serves as /var/tmp.
  let privateVarTmp: FilePath

  /// What a build has for itself.
  private static let ownPlaces: [FilePath] = ["/tmp", "/var/tmp", "/dev/shm", "/run/user"]

  /// Makes the host read-only but for `writable`, and gives the build a /tmp, /var/tmp, /dev/shm
  /// and /run/user of its own.
  ///
  /// - Throws: `LinuxError`.
  func enter() throws {
    // One mount for each tree of directories: there are no hard links from one mount to another.
    let writable = outermost(writable)
    let hidden = visible.filter { path in
      Self.ownPlaces.contains(where: path.starts(with:))
        && !writable.contains(where: path.starts(with:))
    }
    let kept = try (writable + outermost(hidden)).sorted { $0.string < $1.string }.map { path in
      (path, try open(path))
    }
    let varTmp = try open(privateVarTmp)
    defer { for descriptor in kept.map(\.1) + [varTmp] { try? descriptor.close() } }

    for path in Self.ownPlaces where Directories.exists(path) {
      if path == "/var/tmp" {
        try Mount.bind(FilePath("/proc/self/fd/\(varTmp.rawValue)"), at: path)
      } else {
        try Mount.filesystem("tmpfs", at: path, options: "mode=1777")
      }
    }
    for (path, descriptor) in kept {
      try Directories.create(path)
      try Mount.bind(
        FilePath("/proc/self/fd/\(descriptor.rawValue)"), at: path, recursive: true)
    }
    try Mount.setReadOnly(true, "/", recursive: true)
    for path in Self.ownPlaces where Directories.exists(path) {
      try Mount.setReadOnly(false, path, recursive: false)
    }
    try Mount.setReadOnly(false, "/proc", recursive: false)
    for path in writable { try Mount.setReadOnly(false, path, recursive: true) }
    try Mount.bind("/proc/sys", at: "/proc/sys")
    try Mount.setReadOnly(true, "/proc/sys", recursive: false)
  }

  /// Those that are not below another one of them.
  private func outermost(_ paths: [FilePath]) -> [FilePath] {
    Set(paths).filter { path in
      !paths.contains { $0 != path && path.starts(with: $0) }
    }
  }

  private func open(_ path: FilePath) throws -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
    } catch let error as Errno {
      throw LinuxError("open the directory \(path)", error)
    }
  }
}
