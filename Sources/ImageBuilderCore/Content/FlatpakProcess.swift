import Bindings
import Configuration
import Glibc
import SystemPackage

/// The process of a hook that pulls, installs or describes Flatpak content:
/// `image-builder flatpak ACTION`.
package enum FlatpakProcess {
  /// What a process does.
  enum Action: String, Sendable, CaseIterable {
    case pull, install, manifest
  }

  /// The action of a hook of the group `inputs`, which has no deployment.
  static let probe = "probe"

  /// Runs an action for the running build.
  ///
  /// - Parameter setFilter: called with the function that removes private values from messages.
  /// - Throws: `UnknownAction`, `OutsideHook`, `ConfigurationError`, `LinuxError`, `FlatpakError` and what else
  ///   prevents the action; `Interruption` after a signal.
  package static func run(
    _ name: String, setFilter: (SecretFilter) -> Void
  ) throws -> ExitStatus {
    if name == probe { return try printCommits(setFilter) }
    guard let action = Action(rawValue: name) else { throw UnknownAction(name: name) }
    guard let saved = BuildVariable.savedConfiguration.value,
      let deployment = getenv("OSTREE_DEPLOYMENT").map({ FilePath(String(cString: $0)) }),
      let varDirectory = getenv("OSTREE_VAR").map({ FilePath(String(cString: $0)) })
    else { throw OutsideHook(action: action.rawValue) }
    umask(0o022)
    try Orphans.adopt()
    let loaded = try Configuration.load(saved: FilePath(saved))
    let paths = try BuildPaths(loaded)
    let configuration = try loaded.markingPrivate(besides: paths.publicConfiguration)
    let secrets = configuration.secretFilter
    setFilter(secrets)
    let say: @Sendable (String) -> Void = { StageLog.write(secrets($0)) }
    let isUsed = !configuration.usedFlatpakRemotes.isEmpty
    guard isUsed || action == .manifest else { return .success }
    let cache = FlatpakCache(paths)
    if isUsed { try prepareLibrary(cache) }
    try TerminationSignals.run {
      let policy = try RetryPolicy.configured(report: say)
      func image() async throws -> FlatpakImage {
        FlatpakImage(
          cache: cache,
          settings: try await FlatpakSettings(configuration, paths, copiesIn: cache.plan),
          deployment: deployment, varDirectory: varDirectory,
          enterRoot: paths.helpersDirectory.appending("enter-root"), say: say,
          report: HookProgress.report)
      }
      switch action {
      case .pull:
        try FlatpakImage.requireFlatpak(in: deployment)
        FlatpakImage.warnOfSpace(
          extraSpaceInBytes: try configuration.value(Options.image.extraSpace), say: say)
        try await FlatpakPull(
          cache: cache,
          settings: FlatpakSettings.of(configuration, paths, policy.ofFirstRequests),
          temporaryDirectory: paths.temporaryDirectory, policy: policy, say: say,
          report: HookProgress.report
        ).run()
      case .install: try await image().run()
      case .manifest:
        let path = varDirectory.appending("lib/flatpak")
        try (isUsed ? FlatpakManifest(of: path) : FlatpakManifest()).write(paths)
      }
    }
    return .success
  }

  /// Prints the ref and the commit of everything that would be pulled, by the summaries of the remotes.
  private static func printCommits(_ setFilter: (SecretFilter) -> Void) throws -> ExitStatus {
    guard let saved = BuildVariable.savedConfiguration.value,
      let shown = BuildVariable.savedPublicConfiguration.value
    else { throw OutsideHook(action: probe) }
    let configuration = try Configuration.load(saved: FilePath(saved))
      .markingPrivate(besides: FilePath(shown))
    setFilter(configuration.secretFilter)
    guard !configuration.usedFlatpakRemotes.isEmpty else { return .success }
    let operations = try TerminationSignals.run {
      try await FlatpakResolution.now(configuration, isOffline: false).operations
    }
    let lines = operations.map { "\($0.ref) \($0.commit)\n" }.joined()
    try FileDescriptor.standardOutput.writeAll(lines.utf8)
    return .success
  }

  private static func prepareLibrary(_ cache: FlatpakCache) throws {
    try Directories.create(cache.nothing)
    FlatpakEnvironment.set(empty: cache.nothing, user: cache.path)
  }
}

/// What libflatpak reads from the environment of this process.
enum FlatpakEnvironment {
  /// Hides the installations and the triggers of this host, which would decide what is installed.
  ///
  /// - Parameters:
  ///   - nothing: an empty directory.
  ///   - user: the directory where libflatpak looks for extra data.
  static func set(empty nothing: FilePath, user: FilePath) {
    setenv("FLATPAK_TRIGGERSDIR", nothing.string, 1)
    setenv("FLATPAK_SYSTEM_DIR", nothing.string, 1)
    setenv("FLATPAK_CONFIG_DIR", nothing.string, 1)
    setenv("FLATPAK_USER_DIR", user.string, 1)
  }
}

/// There is no such action.
struct UnknownAction: ExitStatusError, CustomStringConvertible {
  let name: String

  var exitStatus: ExitStatus { .usage }
  var description: String {
    let known = FlatpakProcess.Action.allCases.map(\.rawValue) + [FlatpakProcess.probe]
    return "image-builder flatpak: unknown action '\(visible(name))'; accepted: "
      + known.joined(separator: ", ")
      + (NearestName.find(name, among: known).map { "; did you mean \($0)?" } ?? "")
  }
}

/// The command was not started by a hook of a group that has a deployment.
struct OutsideHook: ExitStatusError, CustomStringConvertible {
  let action: String

  var exitStatus: ExitStatus { .usage }
  var description: String {
    "image-builder flatpak \(action) is for hooks of the groups inputs, content and image; "
      + "to see what an image will hold: image-builder --show-apps"
  }
}

extension FlatpakSettings {
  /// The settings of a configuration. Repository files are fetched over the network if they have a
  /// URL.
  ///
  /// - Throws: `ConfigurationError`, `LinuxError`; `CancellationError`.
  static func of(
    _ configuration: Configuration, _ paths: BuildPaths, _ policy: RetryPolicy
  ) async throws -> FlatpakSettings {
    let transport = HTTPTransport()
    return try await FlatpakSettings(configuration, paths) { url, remote in
      do {
        return try await transport.answer(
          to: HTTPRequest(url: url, maximumResponseInBytes: 1 << 20, followsRedirects: true), policy
        ).body
      } catch let error as TransferError {
        throw FlatpakError.unreachable(remote, url: url, reason: error.message)
      }
    }
  }
  /// The settings with the repository files that were fetched for a plan.
  ///
  /// - Throws: `ConfigurationError`, `LinuxError`.
  init(
    _ configuration: Configuration, _ paths: BuildPaths, copiesIn plan: FilePath
  ) async throws {
    try await self.init(configuration, paths) { _, remote in
      let copy = FlatpakCache.copy(of: remote, in: plan)
      guard Directories.exists(copy.directory) else {
        throw FlatpakError.noCopy(remote, copy.directory)
      }
      return try copy.repositoryFile()
    }
  }
}
