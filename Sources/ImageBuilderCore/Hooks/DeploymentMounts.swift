import Bindings
import Configuration
import SystemPackage

/// The mounts that make a deployment look like a running system while image hooks run.
struct DeploymentMounts {
  private let root: DeploymentRoot
  private let paths: BuildPaths
  private var mounted: [FilePath] = []
  private var resolver: HostResolver?

  /// Creates all mounts, in the order that the hook contract specifies.
  ///
  /// - Throws: `LinuxError`. In that case, the mounts that were made are removed.
  init(_ root: DeploymentRoot, _ paths: BuildPaths, usrIsWritable: Bool) throws {
    self.root = root
    self.paths = paths
    do {
      try mountAll(usrIsWritable: usrIsWritable)
      resolver = try HostResolver(in: root.path)
    } catch {
      try? undo()
      throw error
    }
  }

  /// Ends the processes that still run inside the deployment, removes the host's resolv.conf, and
  /// removes the mounts in reverse order.
  ///
  /// - Throws: the first error, after all mounts that can be removed have been.
  mutating func undo() throws {
    root.endProcesses()
    var failure: (any Error)?
    do { try resolver?.remove() } catch { failure = error }
    resolver = nil
    while let target = mounted.popLast() {
      do { try Mount.detach(target) } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  private mutating func mountAll(usrIsWritable: Bool) throws {
    try bind(root.path, "/", make: false)
    try Mount.makePrivate(root.path)
    try mount("sysfs", "sys", readOnly: true)
    try mount("proc", "proc")
    try bind("/dev", "dev")
    try mount("devpts", "dev/pts", options: "ptmxmode=0666,newinstance")
    try bind(root.varDirectory, "var")
    try bind(paths.sysroot, "sysroot")
    // In OSTree's own layout, /tmp is a link to sysroot/tmp.
    try mount("tmpfs", "tmp", options: "mode=1777")
    try Directories.create(paths.cacheDirectory.appending("src"))
    let cache = HookEnvironment.insideCacheDirectory.string
    try root.createDirectory(cache)
    try bind(paths.cacheDirectory, cache, make: false)
    try bind(paths.sourceDirectory, HookEnvironment.insideSourceDirectory.string, make: false)
    try Directories.setMode(
      0o1777, of: RootedPath.createDirectory("tmp", in: root.varDirectory))
    if !usrIsWritable {
      let usr = try bind(root.resolve("usr"), "usr", make: false)
      try Mount.setReadOnly(true, usr, recursive: false)
    }
    try makeUsrLocalTarget()
  }

  /// In many trees, /usr/local is a symbolic link to a directory in /var that does not exist yet.
  private func makeUsrLocalTarget() throws {
    let link = try root.resolve("usr").appending("local")
    guard let target = Directories.linkTarget(of: link) else { return }
    let components = FilePath("/usr").pushing(target)
      .lexicallyNormalized().components
    guard components.first == "var", components.count > 1,
      !components.contains(where: { $0.kind != .regular })
    else { return }
    try root.createDirectory(FilePath(root: "/", components).string)
  }

  private mutating func mount(
    _ type: String, _ inside: String, options: String = "", readOnly: Bool = false
  ) throws {
    let target = try target(inside, make: true)
    try Mount.filesystem(type, at: target, options: options, readOnly: readOnly)
    mounted.append(target)
  }

  @discardableResult
  private mutating func bind(
    _ source: FilePath, _ inside: String, make: Bool = true
  ) throws -> FilePath {
    let target = try target(inside, make: make)
    try Mount.bind(source, at: target)
    mounted.append(target)
    return target
  }

  private func target(_ inside: String, make: Bool) throws -> FilePath {
    try make ? root.createDirectory(inside) : root.resolve(inside)
  }
}
