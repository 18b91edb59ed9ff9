import Bindings
import Configuration
import SystemPackage

/// Pulls the newest commit of `ostree:ref` into the content repository and verifies it.
struct OSTreeStage {
  private let context: StageContext
  private var configuration: Configuration { context.configuration }
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    try await HookRunner(context).run(.ostree)
    let source = try TreeSource(configuration, paths)
    if source.mayBeMadeByHooks { try checkSpace() }
    try Directories.create(paths.contentRepository.removingLastComponent())
    let lock = try lockContentRepository()
    defer { withExtendedLifetime(lock) {} }
    let repository = try await openContentRepository()
    try repository.replaceRemote(source.remote, trusting: try source.trustedKeys())
    try await context.times.measure("pull") { report in
      try await pull(source.ref, at: source.pinnedCommit, source, repository, report)
    }
    let commit = try source.verifiedCommit(in: repository)
    try checkBinding(of: commit, source)
    try await pullMetadata(of: commit, source, repository)
    try source.markUsed()
    context.say(
      "\(source.ref) is commit \(commit.checksum)"
        + (commit.version.map { ", version \($0)" } ?? ""))
    let freedSizeInBytes = try repository.prune()
    if freedSizeInBytes > 0 { context.say("pruned \(formattedSize(freedSizeInBytes))") }
  }

  /// A new repository gets its final name only after it has been written to the disk.
  private func openContentRepository() async throws -> Repository {
    if !Directories.exists(paths.contentRepository) {
      let partial = FilePath("\(paths.contentRepository).partial")
      try await Directories.remove(partial)
      _ = try Repository(openingOrCreatingBareAt: partial)
      try await Command("sync", ["--", partial.appending("config").string, partial.string]).run()
      try FileAccess.rename(partial, to: paths.contentRepository)
    }
    return try Repository(openingOrCreatingBareAt: paths.contentRepository)
  }

  private func checkSpace() throws {
    try SpaceEstimate(
      configuration: configuration, paths: paths, stages: Stage.running,
      emptiesTemporaryDirectory: false
    ) { text in
      if StageLog.isDebugging { context.say("space: \(text)") }
    }.check()
  }

  /// Installed systems follow `ostree:ref_deploy`.
  private func checkBinding(of commit: Commit, _ source: TreeSource) throws {
    guard let bound = commit.boundRefs, !bound.contains(source.deployedRef) else { return }
    let error = TreeError.unboundRef(
      source.deployedRef, commit: commit.checksum, bound: bound)
    if try configuration.value(Options.publish.publishesTree) { throw error }
    if source.deployedURL != nil { context.say("warning: \(error)") }
  }

  /// Pulls the metadata of the collection to which a commit belongs. With it, installed systems find
  /// updates on other computers and on drives.
  private func pullMetadata(
    of commit: Commit, _ source: TreeSource, _ repository: Repository
  ) async throws {
    guard let collectionID = commit.collectionID, source.isPeerToPeerEnabled,
      source.deployedURL != nil
    else { return }
    let ref = TreeSource.metadataRef
    let refs = try await refs(source, repository)
    guard refs?.contains(ref) == true else {
      // The content repository may have one that the server had earlier.
      try repository.removeRef(ref, of: source.remote.name)
      return context.say(
        "warning: \(source.remote.url) has \(refs == nil ? "no summary" : "no ref \(ref)"), so "
          + "that installed systems cannot be updated from other computers and drives; set the "
          + "collection ID \(collectionID) there (core.collection-id) and run: ostree summary "
          + "--update")
    }
    do {
      try await pull(ref, source, repository) { _ in }
    } catch let error as GLibError {
      throw TreeError.unusableMetadata(url: source.remote.url, reason: error.message)
    } catch TreeError.unknownSigner(_, _, let reason, _) {
      throw TreeError.unusableMetadata(url: source.remote.url, reason: reason)
    }
  }

  /// The refs that the summary of the remote lists; nil if it has no summary.
  private func refs(_ source: TreeSource, _ repository: Repository) async throws -> Set<String>? {
    var refs: Set<String>?
    let headers = try source.access.headers()
    let longestSilence = try configuration.value(Options.ostree.stallTimeout)
    try await retried(source).run { error in
      guard let error = error as? StalledPull else { return error }
      return TreeError.remoteStalled(url: source.remote.url, error)
    } _: {
      refs = try await Cancellation.ofTask {
        try repository.refs(
          ofRemote: source.remote.name, longestSilence: longestSilence, headers: headers,
          cancellation: $0)
      }
    }
    return refs
  }

  /// - Parameter commit: the commit of the ref; nil for the newest one.
  private func pull(
    _ ref: String, at commit: String? = nil, _ source: TreeSource, _ repository: Repository,
    _ report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    context.say(
      "pulling \(commit.map { "commit \($0) of " } ?? "")\(ref) from \(source.remote.url)")
    // The repository must stay on this task. Only the cancellation may be used by other threads.
    let say = context.say
    let longestSilence = try configuration.value(Options.ostree.stallTimeout)
    let acceptsOlder = try commit != nil || configuration.value(Options.ostree.allowsDowngrade)
    let limitInBytes = try configuration.value(Options.ostree.largestObject) ?? .max
    let headers = try source.access.headers()
    try await retried(source).run { error in
      switch error {
      case let error as StalledPull: TreeError.remoteStalled(url: source.remote.url, error)
      case let error as GLibError:
        source.error(error, pulling: ref, at: commit, paths, limitInBytes: limitInBytes)
      default: error
      }
    } _: {
      try await Cancellation.ofTask { cancellation in
        try FileSizeLimit.with(sizeInBytes: limitInBytes) {
          try repository.pull(
            ref, at: commit, from: source.remote, acceptsOlder: acceptsOlder,
            longestSilence: longestSilence, headers: headers, cancellation: cancellation
          ) {
            say($0.sentence)
            if $0.wantedObjects > 0 { report($0.bytes) }
          }
        }
      }
    }
  }

  private func retried(_ source: TreeSource) throws -> RetriedPull {
    let say = context.say
    return RetriedPull(
      source: source, repository: paths.contentRepository,
      policy: try RetryPolicy.configured { say($0) })
  }

  private func lockContentRepository() throws -> FileLock? {
    try FileLock.acquire(paths.contentLock, .exclusive) { holder in
      context.say("waiting for process \(holder), which uses \(paths.contentRepository)")
    }
  }
}

extension PullProgress {
  /// `812 of 1830 objects, 101.3 MiB, 9.8 MiB/s`; `imported 812 objects` for a local repository,
  /// from which nothing is fetched.
  fileprivate var sentence: String {
    guard wantedObjects > 0 else { return "imported \(objects) objects" }
    return "\(objects) of \(wantedObjects) objects, \(formattedSize(bytes)), "
      + "\(formattedSize(bytesPerSecond))/s"
  }
}
