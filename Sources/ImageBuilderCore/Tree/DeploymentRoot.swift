import Bindings
import Configuration
import Glibc
import SystemPackage

/// A deployment on disk, as hooks see it.
struct DeploymentRoot: Sendable {
  /// OSTREE_DEPLOYMENT: the deployment's root directory.
  let path: FilePath
  /// OSTREE_VAR: the stateroot's /var.
  let varDirectory: FilePath
  /// OSTREE_CURRENT_DEPLOYMENT: the last part of the path.
  let name: String

  init(_ deployment: Deployment, sysroot: FilePath) {
    path = sysroot.pushing(deployment.relativePath)
    varDirectory = sysroot.appending("ostree/deploy/\(deployment.stateroot)/var")
    name = deployment.name
  }

  /// Where a path inside the deployment is on the host, links followed as they are inside, so
  /// that no tree can point us at the host's files.
  ///
  /// - Throws: `LinuxError`, with `.noSuchFileOrDirectory` when there is nothing.
  func resolve(_ inside: String) throws -> FilePath {
    try RootedPath.resolve(inside, in: path)
  }

  /// What a regular file inside the deployment holds; nil when there is none.
  ///
  /// - Throws: `TreeError.unusableFile` for what is no regular file, or larger than 16 MiB;
  ///   `LinuxError` for a path that cannot be followed.
  func bytes(of inside: String) throws -> [UInt8]? {
    let file: FilePath
    do {
      file = try resolve(inside)
    } catch let error as LinuxError where error.isAbsence {
      return nil
    }
    do {
      return try UntrustedFile.bytes(of: file, maximumSizeInBytes: 16 << 20)
    } catch {
      throw TreeError.unusableFile("/\(inside)", reason: "\(error)")
    }
  }

  /// Makes a directory inside the deployment where there is none.
  ///
  /// - Returns: where it is on the host.
  /// - Throws: `LinuxError`.
  @discardableResult
  func createDirectory(_ inside: String) throws -> FilePath {
    try RootedPath.createDirectory(inside, in: path)
  }

  /// Ends every process whose root directory is the deployment.
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
