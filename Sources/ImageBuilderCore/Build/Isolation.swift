import Bindings
import Configuration
import Glibc
import SystemPackage

/// The parts of the host that a build may change, and the mounts that enforce this.
///
/// Acts on the mount namespace of the process, which must be private. The kernel removes the mounts
/// when the namespace ends.
struct Isolation {
  /// Directories and files that remain writable.
  let writable: [FilePath]
  /// Directories that must remain visible, even if they are below a directory that a build gets for
  /// itself.
  let visible: [FilePath]
  /// The directory that is mounted on /var/tmp.
  let privateVarTmp: FilePath

  /// Directories of which a build gets its own empty version.
  private static let privateDirectories: [FilePath] = ["/tmp", "/var/tmp", "/dev/shm", "/run/user"]

  /// Makes the host read-only except for `writable`, and gives the build its own /tmp, /var/tmp,
  /// /dev/shm and /run/user.
  ///
  /// - Throws: `LinuxError`.
  func enter() throws {
    // Each directory tree must be one mount, because hard links between mounts are not possible.
    let writable = outermost(writable)
    let hidden = visible.filter { path in
      Self.privateDirectories.contains(where: path.starts(with:))
        && !writable.contains(where: path.starts(with:))
    }
    let kept = try (writable + outermost(hidden)).sorted { $0.string < $1.string }.map { path in
      (path, try open(path))
    }
    let varTmp = try open(privateVarTmp)
    defer { for descriptor in kept.map(\.1) + [varTmp] { try? descriptor.close() } }

    for path in Self.privateDirectories where Directories.exists(path) {
      if path == "/var/tmp" {
        try Mount.bind(FilePath("/proc/self/fd/\(varTmp.rawValue)"), at: path)
      } else {
        try Mount.filesystem("tmpfs", at: path, options: "mode=1777")
      }
    }
    for (path, descriptor) in kept {
      try makeTarget(path, for: descriptor)
      try Mount.bind(
        FilePath("/proc/self/fd/\(descriptor.rawValue)"), at: path, recursive: true)
    }
    try Mount.setReadOnly(true, "/", recursive: true)
    for path in Self.privateDirectories where Directories.exists(path) {
      try Mount.setReadOnly(false, path, recursive: false)
    }
    try Mount.setReadOnly(false, "/proc", recursive: false)
    for path in writable { try Mount.setReadOnly(false, path, recursive: true) }
    try Mount.bind("/proc/sys", at: "/proc/sys")
    try Mount.setReadOnly(true, "/proc/sys", recursive: false)
  }

  /// The paths that are not below another of the paths.
  private func outermost(_ paths: [FilePath]) -> [FilePath] {
    Set(paths).filter { path in
      !paths.contains { $0 != path && path.starts(with: $0) }
    }
  }

  /// Creates what a directory or file can be mounted on, if its own place is hidden.
  private func makeTarget(_ path: FilePath, for descriptor: FileDescriptor) throws {
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0, FileKind(status.st_mode) != .directory else {
      return try Directories.create(path)
    }
    guard !Directories.exists(path) else { return }
    try Directories.create(path.removingLastComponent())
    try FileAccess.write([], to: path)
  }

  private func open(_ path: FilePath) throws -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch let error as Errno {
      throw LinuxError("open \(path)", error)
    }
  }
}
