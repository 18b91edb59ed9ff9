import CGLib
import COSTree
import Glibc
import SystemPackage

/// A deployment in a sysroot.
public struct Deployment: Sendable, Equatable {
  /// The name of its stateroot.
  public var stateroot: String
  /// The checksum of the commit.
  public var checksum: String
  /// The last component of the path of the deployment: `CHECKSUM.SERIAL`.
  public var name: String
  /// The path relative to the sysroot: `ostree/deploy/STATEROOT/deploy/NAME`.
  public var relativePath: FilePath
}

/// The origin of a deployment: where the booted system gets its updates.
public enum UpdateOrigin: Sendable, Equatable {
  /// `ostree admin upgrade` pulls this `REMOTE:REF`.
  case refspec(String)
  /// The system was installed from `refspec`, but there is no update server. `ostree admin upgrade`
  /// fails with `reason`.
  case unconfigured(refspec: String, reason: String)
}

/// A physical root directory with a repository, stateroots and deployments.
public final class Sysroot {
  private let object: GObjectReference
  /// The path of the root directory.
  public let path: FilePath
  /// The repository in `ostree/repo`.
  public let repository: Repository

  /// Set once, because other threads may read the environment of the process at the same time.
  private static let isConfigured: Bool =
    setenv("OSTREE_SYSROOT_DEBUG", "mutable-deployments", 1) == 0
    && setenv("OSTREE_SYSROOT_OPTS", "skip-sync", 1) == 0
    // Keys in /usr/share/ostree/trusted.gpg.d of the host are not trusted.
    && setenv("OSTREE_GPG_HOME", "/nonexistent", 1) == 0

  /// Makes an existing empty directory a sysroot.
  ///
  /// Root directories of deployments do not get the immutable attribute here; it is set in the
  /// finished image. Nothing is synchronized to the disk, because a sysroot can be created again.
  ///
  /// - Throws: `GLibError`.
  public init(initializingAt path: FilePath) throws(GLibError) {
    _ = Self.isConfigured
    self.path = path
    let pointer: OpaquePointer = withGFile(path.string) { ostree_sysroot_new($0) }
    object = GObjectReference(taking: pointer)
    try checked("initialize the sysroot \(path)") { error in
      ostree_sysroot_ensure_initialized(pointer, nil, &error)
    }
    try checked("load the sysroot \(path)") { error in
      ostree_sysroot_load(pointer, nil, &error)
    }
    var repository: OpaquePointer?
    try checked("open the repository of the sysroot \(path)") { error in
      ostree_sysroot_get_repo(pointer, &repository, nil, &error)
    }
    self.repository = Repository(
      object: GObjectReference(taking: repository!), path: path.appending("ostree/repo"))
  }

  /// Creates an empty stateroot.
  ///
  /// - Throws: `GLibError`.
  public func createStateroot(_ name: String) throws(GLibError) {
    try checked("create the stateroot \(name) in \(path)") { error in
      ostree_sysroot_init_osname(object.pointer, name, nil, &error)
    }
  }

  /// Checks out a commit of the sysroot's repository and writes its boot loader entry.
  ///
  /// - Throws: `GLibError`.
  public func deploy(
    _ checksum: String, stateroot: String, origin: UpdateOrigin, kernelArguments: [String]
  ) throws(GLibError) -> Deployment {
    let originFile = originKeyFile(origin)
    defer { g_key_file_unref(originFile) }
    var created: OpaquePointer?
    let operation = "deploy commit \(checksum) to \(path)"
    try withCStringArray(kernelArguments) { arguments throws(GLibError) in
      try checked(operation) { error in
        ostree_sysroot_deploy_tree(
          object.pointer, stateroot, checksum, originFile, nil,
          UnsafeMutablePointer(
            mutating: UnsafeRawPointer(arguments).assumingMemoryBound(
              to: UnsafeMutablePointer<CChar>?.self)), &created, nil, &error)
      }
    }
    let deployment = GObjectReference(taking: created!)
    try checked(operation) { error in
      ostree_sysroot_simple_write_deployment(
        object.pointer, stateroot, deployment.pointer, nil,
        OSTREE_SYSROOT_SIMPLE_WRITE_DEPLOYMENT_FLAGS_NO_CLEAN, nil, &error)
    }
    let relativePath = takeString(
      ostree_sysroot_get_deployment_dirpath(object.pointer, deployment.pointer))!
    return Deployment(
      stateroot: stateroot, checksum: checksum,
      name: FilePath(relativePath).lastComponent!.string, relativePath: FilePath(relativePath))
  }

  private func originKeyFile(_ origin: UpdateOrigin) -> OpaquePointer {
    switch origin {
    case .refspec(let refspec):
      return ostree_sysroot_origin_new_from_refspec(object.pointer, refspec)
    case .unconfigured(let refspec, let reason):
      let file = ostree_sysroot_origin_new_from_refspec(object.pointer, refspec)!
      g_key_file_set_string(file, "origin", "unconfigured-state", reason)
      return file
    }
  }
}
