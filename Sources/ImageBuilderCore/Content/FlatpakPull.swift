import Bindings
import Configuration
import Glibc
import SystemPackage

/// Pulls what the Flatpak lists name into the cache, and writes the plan of the installation.
struct FlatpakPull {
  let cache: FlatpakCache
  let settings: FlatpakSettings
  /// The directory of the build, which the image is made in.
  let temporaryDirectory: FilePath
  let policy: RetryPolicy
  let say: @Sendable (String) -> Void
  /// Receives the number of bytes that were transferred.
  let report: @Sendable (UInt64) -> Void

  /// - Throws: `FlatpakError`, `NotEnoughSpace`, `GLibError`, `LinuxError`, `CommandFailure`;
  ///   `CancellationError`.
  func run() async throws {
    try Directories.create(cache.path)
    let lock = try FileLock.acquire(cache.lock, .exclusive) { holder in
      say("waiting for process \(holder), which uses \(cache.path)")
    }
    defer { withExtendedLifetime(lock) {} }
    do {
      try await pull()
    } catch let error as FlatpakError {
      guard case .changedRemote = error else { throw error }
      say("\(error); trying again")
      try await pull()
    }
  }

  private func pull() async throws {
    try await Directories.recreate(cache.partialPlan)
    let installation = try FlatpakInstallation(cache.path, isArchive: true)
    // What is needed is compared with the free space before.
    try installation.setReserve("0MB")
    var record = FlatpakRecord(at: cache.record)
    try forgetOtherRemotes(&record)
    let resolution = try await FlatpakResolution.make(
      settings, in: installation, copiesIn: cache.partialPlan, earlier: cache.plan,
      policy.ofFirstRequests)
    for sentence in resolution.warnings { say("warning: \(sentence)") }
    let summaries = try resolution.copies.mapValues { try $0.summary() }
    let repository = try Repository(opening: cache.repository)
    let missing = try resolution.operations.filter { operation in
      let pulled = record[operation.remote, "\(operation.ref)"]
      return try pulled?.covers(operation) != true || !repository.hasCommit(operation.commit)
    }
    try refuseDowngrades(missing, record, summaries)
    try checkSpace(missing, resolution.operations)
    try await ExtraDataFiles(directory: cache.extraData, policy: policy, say: say)
      .download(resolution.operations)
    try await pull(missing, into: installation, summaries, &record)
    try warnOfLanguages(resolution.operations, repository)
    let catalogues = try await pullCatalogues(installation, summaries, &record)
    try record.write(to: cache.record)
    try await cache.replace(by: plan(resolution, catalogues))
    let freedSizeInBytes = try await cache.prune()
    if freedSizeInBytes > 0 { say("removed \(formattedSize(freedSizeInBytes)) from the cache") }
    say(
      "\(resolution.operations.count) refs are in the cache; "
        + (missing.isEmpty ? "nothing was new" : "\(missing.count) were pulled now"))
  }

  /// libflatpak compares commits with those of a remote of the same name, whatever its URL.
  private func forgetOtherRemotes(_ record: inout FlatpakRecord) throws {
    let repository = try Repository(opening: cache.repository)
    let refs = try repository.remoteRefs().keys
    for remote in settings.remotes {
      let hasChanged = record.use(remote.name, at: remote.remote.url)
      guard hasChanged || remote.allowsDowngrade else { continue }
      for name in refs where name.hasPrefix("\(remote.name):") {
        try repository.removeRef(String(name.dropFirst(remote.name.count + 1)), of: remote.name)
      }
    }
  }

  /// A summary with a valid signature can be an old one, with commits whose faults are known.
  private func refuseDowngrades(
    _ missing: [FlatpakOperation], _ record: FlatpakRecord, _ summaries: [String: FlatpakSummary]
  ) throws {
    let downgrades = missing.compactMap { operation -> FlatpakError.Downgrade? in
      let ref = "\(operation.ref)"
      guard settings.remote(operation.remote)?.allowsDowngrade != true,
        let pulled = record[operation.remote, ref]?.timestamp,
        let offered = summaries[operation.remote]?.refs[ref]?.timestamp, offered < pulled
      else { return nil }
      return FlatpakError.Downgrade(
        ref: ref, remote: operation.remote, pulled: pulled, offered: offered)
    }
    guard downgrades.isEmpty else { throw FlatpakError.downgrades(downgrades) }
  }

  private func checkSpace(
    _ missing: [FlatpakOperation], _ installed: [FlatpakOperation]
  ) throws {
    let downloadBytes = missing.reduce(0) { $0 + $1.downloadSizeInBytes }
    let installedBytes = installed.reduce(0) { $0 + $1.installedSizeInBytes }
    if !missing.isEmpty {
      say("pulling \(missing.count) refs, up to \(formattedSize(downloadBytes))")
    }
    try SpaceShortage.check([
      SpaceNeed(what: "Flatpaks to pull", directory: cache.path, sizeInBytes: downloadBytes),
      SpaceNeed(
        what: "Flatpaks of the image", directory: temporaryDirectory, sizeInBytes: installedBytes),
    ])
  }

  private func pull(
    _ missing: [FlatpakOperation], into installation: FlatpakInstallation,
    _ summaries: [String: FlatpakSummary], _ record: inout FlatpakRecord
  ) async throws {
    guard !missing.isEmpty else { return }
    try useServers(installation)
    var transaction = FlatpakTransaction(
      .pull,
      missing.map { FlatpakTransaction.Wish($0.ref, from: $0.remote, subpaths: $0.subpaths) },
      in: installation)
    transaction.includesNeeded = false
    transaction.longestSilence = settings.longestSilence
    let pulled = try await FlatpakFailure.retrying(policy, FlatpakError.failedPull) {
      try await Cancellation.ofTask { cancellation in
        var number = 0
        return try transaction.run(cancellation: cancellation) { progress in
          if progress.number != number {
            number = progress.number
            say("pulling \(progress.ref) (\(number) of \(missing.count))")
          }
          report(progress.transferredBytes)
        }
      }
    }
    let commits = Dictionary(pulled.map { ("\($0.ref)", $0.commit) }) { first, _ in first }
    for operation in missing {
      let ref = "\(operation.ref)"
      guard commits[ref] == operation.commit else {
        throw FlatpakError.changedRemote(operation.remote, ref: ref)
      }
      record[operation.remote, ref] = FlatpakRecord.Pulled(
        operation, after: record[operation.remote, ref],
        timestamp: summaries[operation.remote]?.refs[ref]?.timestamp)
    }
  }

  /// Summaries do not say which languages a locale extension has.
  private func warnOfLanguages(
    _ operations: [FlatpakOperation], _ repository: Repository
  ) throws {
    let extensions = try operations.filter { !$0.subpaths.isEmpty }.map {
      try CommitTree($0.commit, in: repository)
    }
    guard !extensions.isEmpty else { return }
    for locale in settings.locales {
      let language = FlatpakSettings.language(locale)
      guard settings.languages.contains(language),
        try !extensions.contains(where: { try $0.entry(at: "files/\(language)") != nil })
      else { continue }
      let label = settings.localeNames.label(of: locale)
      say("warning: \(label): no locale extension of the image has \(language)")
    }
  }

  /// Makes libflatpak pull from the servers and not from the copies.
  private func useServers(_ installation: FlatpakInstallation) throws {
    for remote in settings.remotes { try installation.set(remote.visibleRemote) }
  }

  /// - Returns: the commits of the catalogues.
  private func pullCatalogues(
    _ installation: FlatpakInstallation, _ summaries: [String: FlatpakSummary],
    _ record: inout FlatpakRecord
  ) async throws -> [String: String] {
    var commits: [String: String] = [:]
    let ref = "appstream2/\(settings.arch)"
    let repository = try Repository(opening: cache.repository)
    for remote in settings.remotes.map(\.name) {
      guard let entry = summaries[remote]?.refs[ref] else { continue }
      commits[remote] = entry.commit
      let isPulled = try repository.hasCommit(entry.commit)
      guard !isPulled || record[remote, ref]?.commit != entry.commit else { continue }
      say("pulling the catalogue of \(remote)")
      try useServers(installation)
      try await FlatpakFailure.retrying(policy, FlatpakError.failedPull) {
        try installation.updateCatalogue(of: remote, arch: settings.arch)
      }
      record[remote, ref] = FlatpakRecord.Pulled(
        commit: entry.commit, subpaths: [], timestamp: entry.timestamp)
    }
    return commits
  }

  private func plan(
    _ resolution: FlatpakResolution, _ catalogues: [String: String]
  ) throws -> FlatpakPlan {
    let wanted = Set(resolution.found.map(\.offer.ref))
    return FlatpakPlan(
      items: resolution.operations.map { operation in
        FlatpakPlan.Item(
          ref: "\(operation.ref)", remote: operation.remote, commit: operation.commit,
          subpaths: operation.subpaths, isWanted: wanted.contains(operation.ref))
      },
      catalogues: catalogues,
      extraData: resolution.operations.flatMap(\.metadata.extraData).map(\.checksum),
      collectionIDs: settings.isPeerToPeerEnabled
        ? try resolution.copies.compactMapValues { try $0.collectionID() } : [:])
  }
}
