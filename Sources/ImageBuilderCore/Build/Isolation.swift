import Bindings
import Glibc
import SystemPackage

/// What a build may change on the host, and the mounts that hold it to that.
///
/// Acts in the mount namespace of the process, which must be private; the kernel takes all of it
/// back when the namespace ends.
struct Isolation {
  /// Directories that stay writable.
  let writable: [FilePath]
  /// Directories that must stay where they are though they may lie below /tmp or /var/tmp.
  let visible: [FilePath]
  /// A directory that serves as /var/tmp.
  let privateVarTmp: FilePath

  /// Makes the host read-only but for `writable`, and gives the build a /tmp, /var/tmp, /dev/shm
  /// and /run/user of its own.
  ///
  /// - Throws: `LinuxError`.
  func enter() throws {
    let kept = try (writable + visible).sorted { $0.string < $1.string }.map { path in
      (path, try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec]))
    }
    let varTmp = try FileDescriptor.open(
      privateVarTmp, .readOnly, options: [.directory, .closeOnExec])
    defer { for descriptor in kept.map(\.1) + [varTmp] { try? descriptor.close() } }

    try Mount.filesystem("tmpfs", at: "/tmp", options: "mode=1777")
    try Mount.bind(FilePath("/proc/self/fd/\(varTmp.rawValue)"), at: "/var/tmp")
    try Mount.filesystem("tmpfs", at: "/dev/shm", options: "mode=1777")
    var own: [FilePath] = ["/tmp", "/var/tmp", "/dev/shm"]
    if BuildDirectories.exists("/run/user") {
      try Mount.filesystem("tmpfs", at: "/run/user", options: "mode=755")
      own.append("/run/user")
    }
    for (path, descriptor) in kept {
      try BuildDirectories.create(path)
      try Mount.bind(FilePath("/proc/self/fd/\(descriptor.rawValue)"), at: path)
    }
    try Mount.setReadOnly(true, "/", recursive: true)
    for path in own + writable + ["/proc"] {
      try Mount.setReadOnly(false, path, recursive: false)
    }
    try Mount.bind("/proc/sys", at: "/proc/sys")
    try Mount.setReadOnly(true, "/proc/sys", recursive: false)
  }
}
