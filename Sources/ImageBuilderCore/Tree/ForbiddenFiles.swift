import Bindings
import Configuration
import Glibc
import SystemPackage

/// The files that `image:forbid` keeps out of images.
struct ForbiddenFiles: Sendable {
  private let kinds: [ForbiddenFileKind]

  /// - Throws: `ConfigurationError`.
  init(_ configuration: Configuration) throws {
    kinds = try configuration.value(Options.image.forbiddenFiles)
  }

  /// Looks at everything that becomes the root filesystem. A file with several names is told once,
  /// by the one that the booted system has for it, if there is one.
  ///
  /// - Throws: `TreeError.forbiddenFiles`; `LinuxError`.
  func check(_ root: DeploymentRoot, sysroot: FilePath) throws {
    guard !kinds.isEmpty else { return }
    var seen: Set<ino_t> = []
    var found: [(kind: ForbiddenFileKind, path: String)] = []
    for (directory, prefix) in [
      (root.path, ""), (root.varDirectory, "/var"), (sysroot, "/sysroot"),
    ] {
      try FileTree.visit(directory) { entry in
        guard let kind = kinds.first(where: { $0.includes(entry.status.st_mode) }),
          seen.insert(entry.status.st_ino).inserted
        else { return }
        let inside = entry.path.string.dropFirst(directory.string.count)
        found.append((kind, "\(prefix)\(inside)"))
      }
    }
    guard found.isEmpty else {
      throw TreeError.forbiddenFiles(found.sorted { $0.path < $1.path })
    }
  }
}

extension ForbiddenFileKind {
  /// One such file, for people.
  var name: String {
    switch self {
    case .devices: "the device"
    case .setuid: "the setuid or setgid program"
    }
  }

  fileprivate func includes(_ mode: mode_t) -> Bool {
    switch self {
    case .devices: [S_IFBLK, S_IFCHR].contains(mode & S_IFMT)
    case .setuid: mode & S_IFMT == S_IFREG && mode & (S_ISUID | S_ISGID) != 0
    }
  }
}
