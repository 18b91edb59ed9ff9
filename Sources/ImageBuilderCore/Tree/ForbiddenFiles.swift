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

  /// Checks everything that becomes part of the root filesystem. A file with several hard links is
  /// reported once, preferably with its name in the booted system. Identity files that are not
  /// forbidden are warnings, for which `say` is called.
  ///
  /// - Throws: `TreeError.forbiddenFiles`; `LinuxError`.
  func check(_ root: DeploymentRoot, sysroot: FilePath, say: (String) -> Void) throws {
    var found = try identityFiles(root, say)
    if kinds.contains(where: { $0 != .identity }) {
      found += try filesOfForbiddenKinds(root, sysroot)
    }
    guard found.isEmpty else {
      throw TreeError.forbiddenFiles(found.sorted { $0.path < $1.path })
    }
  }

  /// Files that would make machines the same are a warning unless they are forbidden.
  private func identityFiles(
    _ root: DeploymentRoot, _ say: (String) -> Void
  ) throws -> [(kind: ForbiddenFileKind, path: String)] {
    let files = try IdentityFiles(root: root).found()
    if kinds.contains(.identity) { return files.map { (.identity, $0) } }
    for file in files {
      say(
        "warning: all machines with the image would have the same \(shellQuoted(file)); take it out "
          + "of the tree or of the hook that makes it (image:forbid = identity makes this an error)"
      )
    }
    return []
  }

  private func filesOfForbiddenKinds(
    _ root: DeploymentRoot, _ sysroot: FilePath
  ) throws -> [(kind: ForbiddenFileKind, path: String)] {
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
    return found
  }
}

extension ForbiddenFileKind {
  /// The kind of one such file, for messages.
  var name: String {
    switch self {
    case .devices: "the device"
    case .setuid: "the setuid or setgid program"
    case .identity: "the identity of a machine,"
    }
  }

  fileprivate func includes(_ mode: mode_t) -> Bool {
    switch self {
    case .devices: [S_IFBLK, S_IFCHR].contains(mode & S_IFMT)
    case .setuid: mode & S_IFMT == S_IFREG && mode & (S_ISUID | S_ISGID) != 0
    case .identity: false
    }
  }
}
