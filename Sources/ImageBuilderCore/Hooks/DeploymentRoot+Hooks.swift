import Configuration
import Glibc
import SystemPackage

extension DeploymentRoot {
  private static let hookShellName: FilePath.Component = ".hook-shell"

  /// The path, inside the deployment, of what bash reads before a chroot hook.
  static let hookShell = FilePath("/tmp").appending(hookShellName)

  /// Copies a chroot hook to /tmp of the deployment, and helpers/hook-shell if bash reads the hook.
  ///
  /// - Returns: the path inside the deployment.
  func install(_ hook: Hook, _ paths: BuildPaths) throws -> FilePath {
    let temporary = try resolve("tmp")
    let form = hook.form
    if form == .sourced {
      try FileAccess.copy(
        paths.hookShell, to: temporary.appending(Self.hookShellName), permissions: .worldReadable)
    }
    try FileAccess.copy(
      hook.path, to: temporary.appending(hook.name),
      permissions: form == .sourced
        ? .worldReadable : [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
    return FilePath("/tmp").appending(hook.name)
  }

  func uninstall(_ hook: Hook) {
    guard let temporary = try? resolve("tmp") else { return }
    unlink(temporary.appending(hook.name).string)
    unlink(temporary.appending(Self.hookShellName).string)
  }
}
