import Configuration
import SystemPackage

/// A place that holds versions of variants. A version there is complete or absent, and what was
/// published before is not touched by what fails.
///
/// Where `UnreachableDestination` is thrown, a kind may throw an error of its own that says more, such
/// as `SSHProblem`, with the same exit status.
///
/// To add a kind, add a case to `DestinationKind`, a type in its own file, and a line in
/// `Destinations.type`.
protocol Destination: Sendable {
  /// - Throws: `ConfigurationError`, also if the option that specifies the place is not set.
  init(_ configuration: Configuration, _ paths: BuildPaths) throws

  /// The place, as messages name it, without secrets: a directory, or a URL.
  var place: String { get }
  /// A version there, as messages name it: `PLACE/VERSION`, or what people give to other programs.
  func name(of version: PublishedVersion) -> String
  /// The option that specifies the place.
  var option: OptionName { get }
  /// The programs that publish.
  var tools: [RequiredTool] { get }
  /// The directory on this host to which the outputs are written; nil if there is none.
  var localDirectory: FilePath? { get }
  /// The files on this host that publishing reads, besides those of SYSCONFDIR.
  var hostFiles: [FilePath] { get }
  /// The files that the publishers of all variants share; nil if the place holds only versions.
  var sharedFiles: (any SharedFiles)? { get }

  /// Checks, by the smallest request that needs them, that the place can be reached and that the
  /// credentials suffice. Runs before anything is built.
  ///
  /// - Throws: `UnreachableDestination`; `PublishingError`.
  func check() async throws

  /// The complete versions of a variant; of all variants if it is nil.
  ///
  /// - Throws: `UnreachableDestination`. A place that cannot be read is not empty.
  func versions(of variant: PublishedVariant?) async throws -> [ListedVersion]

  /// Whether anything has the name of a version, complete or not, so that `put` would refuse it.
  ///
  /// - Throws: `UnreachableDestination`.
  func holds(_ version: PublishedVersion) async throws -> Bool

  /// The content of a small file of a version; nil if the version has no such file.
  ///
  /// - Throws: `UnreachableDestination`, also for a file that is larger than
  ///   `SharedFile.largestInBytes`.
  func read(_ file: String, of version: PublishedVersion) async throws -> [UInt8]?

  /// Copies the files of a version to an empty directory.
  ///
  /// - Returns: false if the place cannot give back what it holds.
  /// - Throws: `UnreachableDestination`; `CommandFailure`; `Errno`.
  func fetch(_ version: PublishedVersion, to directory: FilePath) async throws -> Bool

  /// Publishes all files as a version that does not exist yet, or nothing. What an earlier try has transferred is used if its
  /// digest is right.
  ///
  /// - Parameters:
  ///   - outputs: OUTDIR.
  ///   - files: the files of OUTDIR.
  ///   - report: is called with the number of bytes that have been transferred so far.
  /// - Throws: `PublishingError.alreadyPublished`, also if another publisher was quicker;
  ///   `UnreachableDestination`; `CommandFailure`; `LinuxError`.
  func put(
    _ version: PublishedVersion, _ files: [PublishedFile], from outputs: FilePath,
    report: @escaping @Sendable (UInt64) -> Void
  ) async throws

  /// Makes the name of the newest version of the variant lead to this complete version, unless it leads
  /// to a newer one. Where there are shared files, the index does that.
  ///
  /// - Throws: `UnreachableDestination`.
  func announce(_ version: PublishedVersion) async throws

  /// Makes a released version available to those for whom it is released. Can be repeated. What
  /// shows a version to everybody when it is published has nothing to do.
  ///
  /// - Throws: `UnreachableDestination`.
  func expose(_ version: PublishedVersion) async throws

  /// Begins to remove a version, which is not listed from then on. Only a version that has a list of
  /// digests is removed.
  ///
  /// - Throws: `UnreachableDestination`; `CommandFailure`.
  func beginRemoval(of version: PublishedVersion) async throws

  /// Finishes removals, also those that others have begun.
  ///
  /// - Returns: the names of the versions, which may be of other variants, too.
  /// - Throws: `UnreachableDestination`; `CommandFailure`.
  func finishRemovals(of variants: [PublishedVariant]) async throws -> [String]

  /// Removes what is not complete and was left here by a build of this variant that was killed. What
  /// only a server holds stays, for the next `put` to use or to clear.
  ///
  /// - Throws: `CommandFailure`.
  func removePartial() async throws
}

extension Destination {
  func name(of version: PublishedVersion) -> String { "\(place)/\(version)" }
  var hostFiles: [FilePath] { [] }
  func announce(_ version: PublishedVersion) async throws {}
  func expose(_ version: PublishedVersion) async throws {}
  func fetch(_ version: PublishedVersion, to directory: FilePath) async throws -> Bool { false }
  func removePartial() async throws {}
}

extension RetryPolicy {
  /// The policy for requests to destinations.
  ///
  /// - Throws: `UnusableRetryVariable`.
  static func forDestinations() throws -> RetryPolicy {
    try configured { StageLog.line(Stage.publish.rawValue, $0) }
  }
}

/// The destinations of a build.
struct Destinations: Sendable {
  let all: [any Destination]

  /// The destinations to which a build publishes. A dry run has none.
  ///
  /// - Throws: as `configured`.
  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    let isDryRun = try configuration.value(Options.build.isDryRun)
    all = try isDryRun ? [] : Self.configured(configuration, paths)
  }

  /// The destinations that a configuration specifies.
  ///
  /// - Parameter kind: the only kind to use; nil for all that the configuration lists.
  /// - Throws: `ConfigurationError`; `PublishingError.missingPlace`.
  static func configured(
    _ configuration: Configuration, _ paths: BuildPaths, only kind: DestinationKind? = nil
  ) throws -> [any Destination] {
    let kinds = try kind.map { [$0] } ?? Self.kinds(configuration)
    return try kinds.map { try Self.type(of: $0).init(configuration, paths) }
  }

  private static func type(of kind: DestinationKind) -> any Destination.Type {
    switch kind {
    case .directory: DirectoryDestination.self
    case .registry: RegistryDestination.self
    case .s3: S3Destination.self
    case .ssh: SSHDestination.self
    }
  }

  /// The kinds that `publish:destinations` lists. If it is empty, `directory` if that option is set.
  private static func kinds(_ configuration: Configuration) throws -> [DestinationKind] {
    let kinds = try configuration.value(Options.publish.destinations)
    guard kinds.isEmpty else { return DestinationKind.allCases.filter(kinds.contains) }
    return try configuration.value(Options.publish.directory) == nil ? [] : [.directory]
  }

  /// The directories on this host to which outputs are written.
  var localDirectories: [FilePath] { all.compactMap(\.localDirectory) }

  /// Checks that each place can be reached, and that the version is not there yet.
  ///
  /// - Parameter outputs: OUTDIR, if it holds what is to be published. A place that has exactly these
  ///   outputs is accepted.
  /// - Throws: as `Destination.check`; `PublishingError.alreadyPublished`.
  func check(_ version: PublishedVersion, have outputs: FilePath?) async throws {
    for destination in all {
      try await destination.check()
      guard try await destination.holds(version) else { continue }
      guard let outputs, try await destination.holds(version, equalTo: outputs) else {
        throw PublishingError.alreadyPublished(version, destination.place)
      }
    }
  }

  /// - Throws: `CommandFailure`.
  func removePartial() async throws {
    for destination in all { try await destination.removePartial() }
  }
}

extension Destination {
  /// Whether a version has the list of digests of `outputs`.
  ///
  /// - Throws: `UnreachableDestination`.
  func holds(_ version: PublishedVersion, equalTo outputs: FilePath) async throws -> Bool {
    let list = OutputListing.checksumList
    guard let own = try? FileAccess.bytes(of: outputs.appending(list)) else { return false }
    return try await read(list, of: version) == own
  }
}
