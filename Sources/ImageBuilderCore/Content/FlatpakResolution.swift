import Bindings
import Configuration
import Glibc
import SystemPackage

/// What a configuration installs, with everything that it needs. Only summaries were fetched.
struct FlatpakResolution {
  let settings: FlatpakSettings
  let offers: FlatpakOffers
  /// The refs that lists name.
  let found: [FlatpakOffers.Found]
  /// All refs, those that others need included.
  let operations: [FlatpakOperation]

  /// The copies of the remotes from which the names were resolved.
  let copies: [String: FlatpakRemoteCopy]

  /// Copies the summaries of all remotes, and resolves all names. Three requests are sent to each
  /// remote, however many names there are.
  ///
  /// - Parameters:
  ///   - installation: its options and remotes are changed.
  ///   - directory: where the copies are made.
  ///   - earlier: the directory of earlier copies.
  /// - Throws: `FlatpakError`, `LinuxError`; `CancellationError`.
  static func make(
    _ settings: FlatpakSettings, in installation: FlatpakInstallation,
    copiesIn directory: FilePath, earlier: FilePath, _ policy: RetryPolicy
  ) async throws -> FlatpakResolution {
    func resolution(ofAll: Bool) async throws -> FlatpakResolution {
      let (made, failures) = try await FlatpakError.gather(settings.remotes) { remote in
        let copy = try await FlatpakRemoteCopy.make(
          in: FlatpakCache.copy(of: remote.name, in: directory).directory,
          of: FlatpakServer(remote.name, url: remote.remote.url, policy),
          arch: ofAll ? nil : settings.arch,
          earlier: FlatpakCache.copy(of: remote.name, in: earlier),
          repositoryFile: remote.repositoryFile)
        return (remote.name, copy)
      }
      try FlatpakError.check(settings.failures + failures)
      let copies = Dictionary(made) { first, _ in first }
      return try FlatpakResolution(settings, in: installation, copies, allArchitectures: ofAll)
    }
    let isForeign = settings.arch != FlatpakRef.hostArchitecture
    do {
      return try await resolution(ofAll: isForeign)
    } catch FlatpakError.problems where !isForeign {
      // Only now it matters which architectures there are.
      return try await resolution(ofAll: true)
    }
  }

  /// Resolves what the remotes of a configuration offer now, in a temporary directory. It needs no
  /// root privileges.
  ///
  /// - Parameter isOffline: whether the remotes are those of the last build.
  /// - Throws: `FlatpakError`, `ConfigurationError`, `LinuxError`; `CancellationError`.
  static func now(
    _ configuration: Configuration, isOffline: Bool
  ) async throws -> FlatpakResolution {
    let paths = try BuildPaths(configuration)
    let policy = RetryPolicy().brief
    let plan = FlatpakCache(paths).plan
    let settings =
      isOffline
      ? try await FlatpakSettings(configuration, paths, copiesIn: plan)
      : try await FlatpakSettings.of(configuration, paths, policy)
    return try await TemporaryDirectory.with(in: "/tmp") { directory in
      FlatpakEnvironment.set(
        empty: directory.appending("nothing"), user: directory.appending("nothing"))
      let installation = try FlatpakInstallation(
        directory, isArchive: true, isOfUser: getuid() != 0)
      guard isOffline else {
        return try await FlatpakResolution.make(
          settings, in: installation, copiesIn: directory, earlier: plan, policy)
      }
      let copies = Dictionary(
        settings.remotes.map { ($0.name, FlatpakCache.copy(of: $0.name, in: plan)) }
      ) { first, _ in first }
      let missing = copies.filter { !Directories.exists($0.value.directory) }
      try FlatpakError.check(
        settings.failures
          + missing.sorted { $0.key < $1.key }.map { .noCopy($0.key, $0.value.directory) })
      return try FlatpakResolution(
        settings, in: installation, copies,
        allArchitectures: settings.arch != FlatpakRef.hostArchitecture)
    }
  }

  /// Resolves all names.
  ///
  /// - Throws: `FlatpakError`; `GLibError`.
  init(
    _ settings: FlatpakSettings, in installation: FlatpakInstallation,
    _ copies: [String: FlatpakRemoteCopy], allArchitectures: Bool
  ) throws {
    try FlatpakError.check(settings.failures)
    self.settings = settings
    self.copies = copies
    try installation.set(settings, copies)
    offers = try Self.offers(settings, installation, copies, allArchitectures)
    found = try offers.find()
    operations = try Self.resolve(found, installation)
    try refuseRelated()
  }

  /// A sentence for each ref that gets no more updates, and for each name without effect.
  var warnings: [String] {
    operations.compactMap { operation in
      offers.byRemote[operation.remote]?[operation.ref]?.endOfLife.map {
        "\(operation.ref) gets no more updates: \($0)"
      }
    } + offers.unknownNames.map { "\($0)" }
  }

  /// The refs of lists because of which a ref is installed.
  func reasons(for ref: FlatpakRef) -> [FlatpakOffers.Found] {
    var (seen, waiting): (Set<FlatpakRef>, [FlatpakRef]) = ([], [ref])
    while let next = waiting.popLast() {
      guard seen.insert(next).inserted else { continue }
      waiting += operations.first { $0.ref == next }?.neededBy ?? []
    }
    return found.filter { seen.contains($0.offer.ref) }
  }

  private static func offers(
    _ settings: FlatpakSettings, _ installation: FlatpakInstallation,
    _ copies: [String: FlatpakRemoteCopy], _ allArchitectures: Bool
  ) throws -> FlatpakOffers {
    var byRemote: [String: [FlatpakRef: FlatpakOffer]] = [:]
    var failures: [FlatpakError] = []
    for remote in settings.remotes {
      do {
        let offers = try installation.offers(
          of: remote.name, allArchitectures: allArchitectures)
        byRemote[remote.name] = Dictionary(offers.map { ($0.ref, $0) }) { first, _ in first }
      } catch {
        let isUnverified =
          error.message.contains("GPG") || error.message.contains("signature")
        let url = remote.remote.url
        failures.append(
          isUnverified
            ? .unverified(remote.options.header, url: url, reason: error.message)
            : .unreachable(remote.name, url: url, reason: error.message))
      }
    }
    try FlatpakError.check(failures)
    // What a summary says was verified when its offers were listed.
    var branches = try copies.compactMapValues { try $0.defaultBranch() }
    for remote in settings.remotes where remote.remote.defaultBranch != nil {
      branches[remote.name] = remote.remote.defaultBranch
    }
    return FlatpakOffers(settings: settings, byRemote: byRemote, defaultBranches: branches)
  }

  private static func resolve(
    _ found: [FlatpakOffers.Found], _ installation: FlatpakInstallation
  ) throws -> [FlatpakOperation] {
    guard !found.isEmpty else { return [] }
    let wishes = found.map { FlatpakTransaction.Wish($0.offer.ref, from: $0.remote.name) }
    do {
      return try FlatpakTransaction(.resolve, wishes, in: installation)
        .run(cancellation: Cancellation()).sorted { $0.ref < $1.ref }
    } catch let error as GLibError {
      throw FlatpakError.failedPull(reason: error.description)
    }
  }

  /// Refs that others need can be forbidden, too.
  private func refuseRelated() throws {
    let named = Set(found.map(\.offer.ref))
    let problems = operations.filter { !named.contains($0.ref) }.flatMap { operation in
      reasons(for: operation.ref).prefix(1).flatMap {
        offers.problems(of: operation.ref, operation.metadata, for: $0)
      }
    }
    guard problems.isEmpty else { throw FlatpakError.problems(problems) }
  }
}

extension FlatpakInstallation {
  /// Sets the remotes to copies of them, and what else decides what is installed.
  ///
  /// - Throws: `GLibError`.
  func set(
    _ settings: FlatpakSettings, _ copies: [String: FlatpakRemoteCopy]
  ) throws {
    // Otherwise libflatpak takes the languages of this host.
    try setOption("languages", to: settings.languages.joined(separator: ";"))
    // What is excluded is not installed because something is related to it.
    let masked = settings.excluded.sorted().joined(separator: ";")
    try setOption("masked", to: masked.isEmpty ? nil : masked)
    for remote in settings.remotes {
      var local = remote.visibleRemote
      if let copy = copies[remote.name] { local.url = copy.url }
      try set(local, trusting: remote.keys)
    }
  }
}

/// A failure of libflatpak that may pass.
struct FlatpakFailure: TransientError, CustomStringConvertible {
  let description: String
  let isTransient: Bool
  var retryAfter: Duration? { nil }

  /// Runs `body` again after failures of the network that may pass.
  ///
  /// - Parameter error: makes the error for the user from the reason.
  /// - Throws: what `error` returns; `CancellationError`.
  static func retrying<Result>(
    _ policy: RetryPolicy, _ error: (String) -> FlatpakError, _ body: () async throws -> Result
  ) async throws -> Result {
    do {
      return try await policy.run {
        do {
          return try await body()
        } catch let failure as GLibError {
          try Task.checkCancellation()
          throw FlatpakFailure(
            description: failure.message, isTransient: failure.pullFailure == .temporary)
        } catch let failure as StalledPull {
          throw FlatpakFailure(description: "\(failure)", isTransient: true)
        }
      }
    } catch let failure as FlatpakFailure {
      throw error(failure.description)
    }
  }
}
