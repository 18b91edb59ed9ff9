import Bindings
import Configuration
import Glibc
import SystemPackage

/// Installs the Flatpaks of a plan into the deployed system, without the network.
struct FlatpakImage {
  /// The free space that libflatpak wants in the filesystem of an installation before it updates
  /// (flatpak 1.14, min-free-space-size).
  private static let freeBytesForUpdates: UInt64 = 500 << 20
  private static let reserve = "500MB"
  /// Where a tree has the programs that update its caches after each installation.
  private static let triggers = "usr/share/flatpak/triggers"
  private static let directory = "lib/flatpak"

  let cache: FlatpakCache
  let settings: FlatpakSettings
  /// The root directory of the deployment.
  let deployment: FilePath
  /// `/var` of the deployment.
  let varDirectory: FilePath
  /// The helper enter-root.
  let enterRoot: FilePath
  let say: @Sendable (String) -> Void
  /// Receives the number of bytes that were installed.
  let report: @Sendable (UInt64) -> Void

  /// The installation in the system.
  var path: FilePath { varDirectory.pushing(FilePath(Self.directory)) }

  /// Says it if users could not update what is installed.
  static func warnOfSpace(extraSpaceInBytes: UInt64, say: (String) -> Void) {
    guard extraSpaceInBytes < freeBytesForUpdates else { return }
    say(
      "warning: image:extra_space is \(formattedSize(extraSpaceInBytes)), but Flatpak updates nothing "
        + "on a filesystem with less than \(formattedSize(freeBytesForUpdates)) free; on a disk that "
        + "is larger than the image there is more (image:rootfs_resize)")
  }

  /// Checks that the tree has Flatpak.
  ///
  /// - Throws: `FlatpakError.noFlatpak`.
  static func requireFlatpak(in deployment: FilePath) throws {
    guard (try? RootedPath.find("usr/bin/flatpak", in: deployment)) != nil else {
      throw FlatpakError.noFlatpak
    }
  }

  /// - Throws: `FlatpakError`, `GLibError`, `LinuxError`, `CommandFailure`; `CancellationError`.
  func run() async throws {
    let plan = try FlatpakPlan(in: cache.plan)
    try FlatpakError.check(settings.failures)
    try await removeEmptyInstallation()
    try Directories.create(path)
    let installation = try FlatpakInstallation(path)
    try installation.setReserve("0MB")
    try await withCache(.shared) { try await install(plan, installation) }
    try await verifyObjects()
    try installation.setReserve(Self.reserve)
    try prepareForSystem(installation, plan)
    try await runTriggers()
    try await removeTemporaryFiles()
    let sizeInBytes = try installation.installedRefs().reduce(0) { $0 + $1.installedSizeInBytes }
    say("installed \(plan.items.count) refs, \(formattedSize(sizeInBytes))")
  }

  /// Packages of Flatpak let systemd-tmpfiles make directories of an installation, which libflatpak
  /// does not take for one.
  private func removeEmptyInstallation() async throws {
    guard !Directories.exists(path.appending("repo/config")) else { return }
    try await Directories.remove(path)
  }

  private func install(_ plan: FlatpakPlan, _ installation: FlatpakInstallation) async throws {
    let copies = settings.remotes.map { ($0.name, FlatpakCache.copy(of: $0.name, in: cache.plan)) }
    try installation.set(settings, Dictionary(copies) { first, _ in first })
    if !plan.wishes.isEmpty {
      let transaction = FlatpakTransaction(.install, plan.wishes, in: installation)
      do {
        let installed = try await Cancellation.ofTask { cancellation in
          var number = 0
          return try transaction.run(cancellation: cancellation) { progress in
            if progress.number != number {
              number = progress.number
              say("installing \(progress.ref) (\(number) of \(plan.items.count))")
            }
            report(progress.transferredBytes)
          }
        }
        try compare(installed, with: plan)
      } catch let error as GLibError {
        try Task.checkCancellation()
        throw FlatpakError.failedInstallation(reason: error.description, cache: cache.path)
      }
    }
    for remote in plan.catalogues.keys.sorted() {
      try installation.updateCatalogue(of: remote, arch: settings.arch)
    }
  }

  private func compare(_ installed: [FlatpakOperation], with plan: FlatpakPlan) throws {
    let commits = Dictionary(installed.map { ("\($0.ref)", $0.commit) }) { first, _ in first }
    for item in plan.items where commits[item.ref] != item.commit {
      throw FlatpakError.differentCommit(
        item.ref, planned: item.commit, installed: commits[item.ref] ?? "none")
    }
  }

  /// libflatpak does not notice that an object in the cache was damaged.
  private func verifyObjects() async throws {
    let damaged = try await CommitIntegrity(in: path.appending("repo")).damaged()
    guard !damaged.isEmpty else { return }
    let isCacheDamaged = try await withCache(.exclusive) {
      try cache.removeDamage(among: damaged.map(\.name))
    }
    throw FlatpakError.damagedObjects(
      damaged.map(\.message), cache: cache.path, isCacheDamaged: isCacheDamaged)
  }

  private func withCache<Result>(
    _ mode: FileLock.Mode, _ body: () async throws -> Result
  ) async throws -> Result {
    let lock = try FileLock.acquire(cache.lock, mode) { holder in
      say("waiting for process \(holder), which uses \(cache.path)")
    }
    defer { withExtendedLifetime(lock) {} }
    return try await body()
  }

  /// Gives the remotes the addresses that the system reaches, and removes what was set for this
  /// installation.
  private func prepareForSystem(
    _ installation: FlatpakInstallation, _ plan: FlatpakPlan
  ) throws {
    for remote in settings.remotes {
      var deployed = remote.remote
      deployed.url = remote.deployedURL
      deployed.collectionID = plan.collectionIDs[remote.name]
      try installation.set(deployed)
    }
    try installation.setOption("masked", to: nil)
    try installation.setOption("languages", to: nil)
    if settings.keepsLanguages, !settings.locales.isEmpty {
      try installation.setOption(
        "extra-languages", to: settings.locales.joined(separator: ";"))
    }
  }

  /// Runs the tree's own triggers. libflatpak would run those of the host, in a sandbox that cannot
  /// be made during a build.
  private func runTriggers() async throws {
    guard let directory = try RootedPath.find(Self.triggers, in: deployment) else { return }
    for name in Directories.names(in: directory) where name.hasSuffix(".trigger") {
      do {
        try await Command(
          enterRoot.string,
          [deployment.string, "/\(Self.triggers)/\(name)", "/var/\(Self.directory)"]
        ).run(output: say)
      } catch let error as CommandFailure {
        throw FlatpakError.failedTrigger(name, reason: "\(error)")
      }
    }
  }

  private func removeTemporaryFiles() async throws {
    let temporary = path.appending("repo/tmp")
    for name in Directories.names(in: temporary) {
      try await Directories.remove(temporary.appending(name))
    }
  }
}
