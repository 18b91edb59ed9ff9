import Bindings
import Configuration
import Glibc
import SystemPackage

/// The sysroot of an image, with a deployment of the pulled commit.
struct DeployedTree {
  let commit: Commit
  let deployment: Deployment

  /// Creates the sysroot at `paths.sysroot`. An existing one is removed.
  ///
  /// - Throws: `TreeError` (for example `.missingRef`, `.untrustedCommit`, `.linkOutsideTree`), before
  ///   anything is deployed, except for keys and metadata of the remote for updates; `ConfigurationError`, `GLibError`, `LinuxError`, `CommandFailure`.
  static func make(_ context: StageContext) async throws -> DeployedTree {
    let (configuration, paths) = (context.configuration, context.paths)
    let source = try TreeSource(configuration, paths)
    let stateroot = try configuration.value(Options.ostree.stateroot)
    try await Directories.remove(paths.sysroot)
    try Directories.create(paths.sysroot.removingLastComponent())
    try DirectoryPlacement.create(paths.sysroot)
    let sysroot = try Sysroot(initializingAt: paths.sysroot)
    try makeTopLevelDirectories(paths.sysroot)
    try sysroot.createStateroot(stateroot)

    let lock = try FileLock.acquire(paths.contentLock, .shared)
    defer { withExtendedLifetime(lock) {} }
    let content = try Repository(opening: paths.contentRepository)
    let commit = try source.verifiedCommit(in: content)
    try sysroot.repository.pullLocally(
      commit.checksum, from: paths.contentRepository, cancellation: Cancellation())
    try configure(sysroot.repository, source, commit)

    try TreeLayout(CommitTree(commit.checksum, in: sysroot.repository)).check()
    let refspec = "\(source.remote.name):\(source.deployedRef)"
    let deployment = try sysroot.deploy(
      commit.checksum, stateroot: stateroot,
      origin: source.deployedURL == nil
        ? .unconfigured(refspec: refspec, reason: unconfiguredReason) : .refspec(refspec),
      kernelArguments: ["root=LABEL=ostree"] + configuration.value(Options.image.kernelArguments))
    context.say("deployed commit \(commit.checksum) as \(deployment.relativePath)")
    if let url = source.deployedURL {
      try UpdateRemote(source, url, commit, say: context.say).add(
        to: sysroot.repository, from: content,
        of: DeploymentRoot(deployment, sysroot: paths.sysroot))
    }
    return DeployedTree(commit: commit, deployment: deployment)
  }

  private static let unconfiguredReason =
    "This system has no update server. Add one: ostree remote add --force, then "
    + "ostree admin switch"

  private static func configure(
    _ repository: Repository, _ source: TreeSource, _ commit: Commit
  ) throws {
    try repository.setRef(source.deployedRef, of: source.remote.name, to: commit.checksum)
    // GRUB reads the boot loader entries itself.
    try repository.setConfiguration("sysroot", "bootloader", to: "none")
    // Flatpak and other programs manage remotes in the configuration file of the repository.
    try repository.setConfiguration("core", "add-remotes-config-dir", to: "false")
  }

  /// Creates the directories that `ostree admin init-fs` creates.
  private static func makeTopLevelDirectories(_ sysroot: FilePath) throws {
    for name in ["boot", "dev", "home", "proc", "root", "run", "sys", "tmp"] {
      try Directories.create(sysroot.appending(name))
    }
    try Directories.setMode(0o700, of: sysroot.appending("root"))
    try Directories.setMode(0o1777, of: sysroot.appending("tmp"))
  }
}
