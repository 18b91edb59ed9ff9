import Bindings
import Configuration
import Glibc
import SystemPackage

/// A deployment on the disk, as hooks see it.
struct DeploymentRoot: Sendable {
  /// The root directory of the deployment: OSTREE_DEPLOYMENT.
  let path: FilePath
  /// `/var` of the stateroot: OSTREE_VAR.
  let varDirectory: FilePath
  /// The last component of the path: OSTREE_CURRENT_DEPLOYMENT.
  let name: String

  init(_ deployment: Deployment, sysroot: FilePath) {
    path = sysroot.pushing(deployment.relativePath)
    varDirectory = sysroot.appending("ostree/deploy/\(deployment.stateroot)/var")
    name = deployment.name
  }

  /// The path on the host of a path inside the deployment. Symbolic links are resolved within the
  /// deployment, so that a tree cannot refer to files of the host.
  ///
  /// - Throws: `LinuxError`, with `.noSuchFileOrDirectory` if there is no such file.
  func resolve(_ inside: String) throws -> FilePath {
    try RootedPath.resolve(inside, in: path)
  }

  /// The content of a regular file inside the deployment; nil if there is no such file.
  ///
  /// - Throws: `TreeError.unusableFile` if it is not a regular file or is larger than 16 MiB;
  ///   `LinuxError` if the path cannot be resolved.
  func bytes(of inside: String) throws -> [UInt8]? {
    guard let file = try RootedPath.find(inside, in: path) else { return nil }
    do {
      return try UntrustedFile.bytes(of: file, maximumSizeInBytes: 16 << 20)
    } catch {
      throw TreeError.unusableFile("/\(inside)", reason: "\(error)")
    }
  }

  /// Creates a directory and its missing parents inside the deployment.
  ///
  /// - Returns: the path of the directory on the host.
  /// - Throws: `LinuxError`.
  @discardableResult
  func createDirectory(_ inside: String) throws -> FilePath {
    try RootedPath.createDirectory(inside, in: path)
  }

  /// Ends all processes whose root directory is the deployment: with SIGTERM, and after one second
  /// with SIGKILL.
  func endProcesses() {
    let own = getpid()
    for round in 0..<50 {
      let left = processes().filter { $0 != own }
      if left.isEmpty { return }
      for process in left { kill(process, round < 20 ? SIGTERM : SIGKILL) }
      usleep(50_000)
    }
  }

  private func processes() -> [pid_t] {
    Directories.names(in: "/proc").compactMap { pid_t($0) }.filter { process in
      Directories.linkTarget(of: FilePath("/proc/\(process)/root"))?.starts(with: path) == true
    }
  }
}
