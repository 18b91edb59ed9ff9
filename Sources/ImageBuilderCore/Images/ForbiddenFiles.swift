import Bindings
import Glibc
import SystemPackage

/// The files that `image:forbid` keeps out of images.
public struct ForbiddenFiles: Sendable {
  /// A word of `image:forbid`.
  public enum Policy: String, Sendable, CaseIterable {
    case devices, setuid

    /// One such file, for people.
    var name: String {
      switch self {
      case .devices: "the device"
      case .setuid: "the setuid or setgid program"
      }
    }

    fileprivate func forbids(_ mode: mode_t) -> Bool {
      switch self {
      case .devices: [S_IFBLK, S_IFCHR].contains(mode & S_IFMT)
      case .setuid: mode & S_IFMT == S_IFREG && mode & (S_ISUID | S_ISGID) != 0
      }
    }
  }

  private let policies: [Policy]

  /// - Throws: `ConfigurationError`.
  init(_ configuration: Configuration) throws {
    policies = try configuration.words("image", "forbid").compactMap(Policy.init(rawValue:))
  }

  /// Looks at everything that becomes the root filesystem. A file with several names is told once,
  /// by the one that the booted system has for it, if there is one.
  ///
  /// - Throws: `BuildError.forbiddenFiles`; `LinuxError`.
  func check(_ root: DeploymentRoot, sysroot: FilePath) throws {
    guard !policies.isEmpty else { return }
    var seen: Set<ino_t> = []
    var found: [(policy: Policy, path: String)] = []
    for (directory, prefix) in [
      (root.path, ""), (root.varDirectory, "/var"), (sysroot, "/sysroot"),
    ] {
      try FileTree.visit(directory) { entry in
        guard let policy = policies.first(where: { $0.forbids(entry.status.st_mode) }),
          seen.insert(entry.status.st_ino).inserted
        else { return }
        let inside = entry.path.string.dropFirst(directory.string.count)
        found.append((policy, "\(prefix)\(inside)"))
      }
    }
    guard found.isEmpty else {
      throw BuildError.forbiddenFiles(found.sorted { $0.path < $1.path })
    }
  }
}
