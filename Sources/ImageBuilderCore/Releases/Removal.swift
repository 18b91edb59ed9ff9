import Bindings
import Configuration
import SystemPackage

/// The removal of versions at the destinations of a fleet. If it is interrupted, what is not removed is
/// still a version, and is removed by the next call.
struct Removal: Sendable {
  private let fleet: ReleasedFleet
  private let versions: [FleetSurvey.Version]
  private let released: Set<PublishedVersion>
  /// OUTDIR of the variants whose outputs are those of a removed version.
  private let outputs: [(member: ReleasedFleet.Member, version: PublishedVersion)]

  /// - Parameters:
  ///   - released: the versions in all records.
  ///   - removesOutputs: whether outputs that are still in the build directories of this host are
  ///     removed, too.
  init(
    _ fleet: ReleasedFleet, _ versions: [FleetSurvey.Version], released: Set<PublishedVersion>,
    removesOutputs: Bool
  ) {
    self.fleet = fleet
    self.versions = versions.sorted {
      ($0.version.variant.path, $0.buildVersion) < ($1.version.variant.path, $1.buildVersion)
    }
    self.released = released
    outputs =
      removesOutputs
      ? fleet.members.flatMap { member in
        versions.map(\.version).filter { $0.variant == member.variant && member.holds($0) }
          .map { (member, $0) }
      } : []
  }

  /// Finishes removals that were interrupted.
  ///
  /// - Returns: the names of the versions.
  /// - Throws: as `Destination.finishRemovals`.
  @discardableResult
  static func finish(_ fleet: ReleasedFleet) async throws -> Set<String> {
    var removed: Set<String> = []
    for place in fleet.destinations {
      removed.formUnion(try await place.destination.finishRemovals(of: place.variants.sorted()))
    }
    return removed
  }

  /// Takes the versions out of the indexes, then removes them. Something of a version is left until all
  /// else is done, so that a removal that was interrupted can be told from one that was not.
  ///
  /// - Throws: `BusyBuild`; `UnreachableDestination`; `CommandFailure`; as `PublicIndex.update`.
  func run() async throws {
    guard !versions.isEmpty else { return }
    let locks = try outputs.map { try lock($0.member) }
    try await updateIndexes(hiding: Set(versions.map(\.version)))
    for (member, version) in outputs where member.holds(version) {
      try await Directories.remove(member.paths.outputDirectory)
    }
    for version in versions {
      for (index, _) in version.places {
        try await fleet.destinations[index].destination.beginRemoval(of: version.version)
      }
    }
    try await updateIndexes(hiding: [])
    try await Self.finish(fleet)
    withExtendedLifetime(locks) {}
  }

  private func updateIndexes(hiding hidden: Set<PublishedVersion>) async throws {
    for (index, place) in fleet.destinations.enumerated() {
      let own = versions.filter { $0.places.contains { $0.destination == index } }
      guard let files = place.destination.sharedFiles, !own.isEmpty else { continue }
      try await PublicIndex(place.destination, files).update(
        PublicIndex.Scope(
          variants: Set(own.map(\.version.variant)), released: released, hidden: hidden))
    }
  }

  /// The lock of the build directory, which a running build holds.
  private func lock(_ member: ReleasedFleet.Member) throws -> FileLock {
    guard let lock = try FileLock.acquire(member.paths.lock, .exclusive, timeout: .zero) else {
      throw BusyBuild(variants: [member.name: "a build of it runs on this host"])
    }
    return lock
  }

  /// The report of the removal.
  ///
  /// - Parameters:
  ///   - isDone: whether `run` has ended.
  ///   - finished: what `finish` has returned.
  func report(
    isDone: Bool, kept: [RemovalReport.Kept], finished: Set<String>
  ) -> RemovalReport {
    RemovalReport(
      isDone: isDone, finished: finished.sorted(),
      removed: versions.map { version in
        RemovalReport.Removed(
          variant: version.version.variant.path, version: version.version.name,
          buildVersion: version.buildVersion.text,
          places: version.places.map { fleet.destinations[$0.destination].place })
      }, kept: kept, directories: outputs.map(\.member.paths.outputDirectory))
  }
}

extension ReleasedFleet.Member {
  /// Whether OUTDIR has the outputs of a version.
  fileprivate func holds(_ version: PublishedVersion) -> Bool {
    Directories.exists(
      paths.outputDirectory.appending("\(version.name).\(OutputManifest.fileExtension)"))
  }
}

/// Builds run, so versions of these variants are not removed.
struct BusyBuild: ExitStatusError, CustomStringConvertible {
  /// The reason for each variant.
  let variants: [String: String]

  var exitStatus: ExitStatus { .temporaryFailure }
  var description: String {
    "nothing was removed, because builds are not finished:"
      + variants.sorted { $0.key < $1.key }.map { "\n    \($0.key): \($0.value)" }.joined()
  }
}
