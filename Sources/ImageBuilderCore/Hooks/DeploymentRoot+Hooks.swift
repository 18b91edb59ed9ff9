import Glibc
import SystemPackage

extension DeploymentRoot {
  /// Copies a chroot hook to /tmp of the deployment.
  ///
  /// - Returns: the path inside the deployment.
  func install(_ hook: Hook) throws -> FilePath {
    let temporary = try resolve("tmp")
    try FileAccess.copy(
      hook.path, to: temporary.appending(hook.name),
      permissions: hook.isExecutable
        ? [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute] : .worldReadable)
    return FilePath("/tmp").appending(hook.name)
  }

  func uninstall(_ hook: Hook) {
    guard let temporary = try? resolve("tmp") else { return }
    unlink(temporary.appending(hook.name).string)
  }
}
