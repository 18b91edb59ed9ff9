import Bindings
import Configuration
import SystemPackage

/// `fleet publish`: copies the newest version of each variant to the destinations that lack it. Nothing
/// is built.
package struct FleetCompletion: Sendable {
  let fleet: Fleet
  let released: ReleasedFleet

  /// Completes the destinations of all variants.
  ///
  /// - Throws: `FleetLocked`; `UnreachableDestination`; `Interruption` after a signal.
  package static func run(_ fleet: Fleet) throws -> FleetSummary {
    try TerminationSignals.run {
      try await FleetLock.holding(fleet) { directory in
        let released = try fleet.released()
        try await released.check()
        let found = try await FleetLook(fleet: fleet, released: released).run()
        var summary = FleetSummary(fleet: fleet.name, buildVersion: fleet.build.buildVersion)
        let completion = FleetCompletion(fleet: fleet, released: released)
        summary.add(completion.refused(found))
        summary.add(try await completion.run(found, scratch: directory))
        summary.finish(found.states)
        return summary
      }
    }
  }

  /// - Parameter scratch: a directory for versions that are fetched from other hosts.
  /// - Throws: `CancellationError`.
  func run(_ found: FleetLook.Result, scratch: FilePath) async throws -> [BuildOutcome] {
    var outcomes: [BuildOutcome] = []
    for member in fleet.members {
      guard case .publish(let places) = found.states[member.name]?.need,
        let newest = found.states[member.name]?.newest?.version
      else { continue }
      FleetDisplay.print("\(member.name): copying \(newest) to \(places.joined(separator: ", "))")
      let clock = ContinuousClock()
      let begin = clock.now
      let result = try await Self.result(of: member) {
        try await complete(PublishedVersion(member.published, newest), of: member, scratch)
      }
      outcomes.append(
        BuildOutcome(name: member.name, result: result, elapsed: clock.now - begin))
    }
    return outcomes + (try await list(found))
  }

  /// The variants whose newest version is not copied to all places, because it is not up to date.
  private func refused(_ found: FleetLook.Result) -> [BuildOutcome] {
    fleet.members.compactMap { member in
      guard case .build = found.states[member.name]?.need,
        let newest = found.states[member.name]?.newest?.version
      else { return nil }
      let lacking = released.destinations.indices.filter { index in
        released.destinations[index].variants.contains(member.published)
          && found.survey.newest(of: member.published, at: index)?.version.name != newest
      }
      guard !lacking.isEmpty else { return nil }
      let places = lacking.map { released.destinations[$0].place }.joined(separator: ", ")
      return BuildOutcome(
        name: member.name,
        result: .failed(
          .failure,
          cause: "\(places) lacks \(newest), which is not up to date and is not copied; build the "
            + "variant"),
        elapsed: .zero)
    }
  }

  private static func result(
    of member: Fleet.Member, _ body: () async throws -> [String]
  ) async throws -> BuildOutcome.Result {
    do {
      return .published(try await body())
    } catch let error as CancellationError {
      throw error
    } catch {
      return .failed(ExitStatus(of: error), cause: member.configuration.secretFilter("\(error)"))
    }
  }

  /// Publishes as a build of the variant does, and holds its lock, so that both can go on with what the
  /// other one has left when it was killed.
  ///
  /// - Returns: the places that have got the version.
  private func complete(
    _ version: PublishedVersion, of member: Fleet.Member, _ scratch: FilePath
  ) async throws -> [String] {
    try Directories.create(member.paths.lock.removingLastComponent())
    guard let lock = try FileLock.acquire(member.paths.lock, .exclusive, timeout: .zero) else {
      throw BuildBegan(variant: member.name)
    }
    defer { withExtendedLifetime(lock) {} }
    var holding: [any Destination] = []
    var lacking: [any Destination] = []
    for destination in try Destinations.configured(member.configuration, member.paths) {
      if try await destination.holds(version) {
        holding.append(destination)
      } else {
        lacking.append(destination)
      }
    }
    let directory = scratch.appending(version.name)
    try await Directories.recreate(directory)
    try await fetch(version, of: member, from: holding, to: directory)
    let files = try PublishedFile.all(in: directory)
    for destination in lacking {
      try await destination.put(version, files, from: directory) { _ in }
      try await destination.announce(version)
      guard let shared = destination.sharedFiles else { continue }
      try await PublicIndex(destination, shared).update(version.variant)
    }
    try await Directories.remove(directory)
    return lacking.map(\.place)
  }

  /// Lists versions that are published, but not in the index of their place, because a publisher was
  /// killed before it could list them.
  ///
  /// - Returns: the failures.
  private func list(_ found: FleetLook.Result) async throws -> [BuildOutcome] {
    var failures: [BuildOutcome] = []
    for (index, place) in released.destinations.enumerated() {
      guard let shared = place.destination.sharedFiles else { continue }
      let members = fleet.members.filter { member in
        guard found.states[member.name]?.isBeingBuilt == false else { return false }
        return found.survey.newest(of: member.published, at: index) != nil
      }
      guard let first = members.first else { continue }
      let result = try await Self.result(of: first) {
        let listed = try await place.versions.indexed()
        let missing = members.map(\.published).filter { variant in
          listed[found.survey.newest(of: variant, at: index)!.version] == nil
        }
        guard !missing.isEmpty else { return [] }
        try await PublicIndex(place.destination, shared).update(
          PublicIndex.Scope(variants: Set(missing), released: found.released))
        return [place.place]
      }
      guard case .failed = result else { continue }
      failures.append(BuildOutcome(name: first.name, result: result, elapsed: .zero))
    }
    return failures
  }

  /// Copies a version from the first place that can give it back. Its files are compared with its list
  /// of digests.
  private func fetch(
    _ version: PublishedVersion, of member: Fleet.Member, from places: [any Destination],
    to directory: FilePath
  ) async throws {
    for place in places where try await place.fetch(version, to: directory) {
      let damaged = try Self.damagedFiles(in: directory)
      guard damaged.isEmpty else {
        throw DamagedVersion(name: place.name(of: version), files: damaged)
      }
      return
    }
    throw NoSource(version: version, places: places.map(\.place))
  }

  private static func damagedFiles(in directory: FilePath) throws -> [String] {
    let list = try FileAccess.text(of: directory.appending(OutputListing.checksumList))
    return try ChecksumList(parsing: list).digests.sorted { $0.key < $1.key }
      .filter { name, digest in
        try FileFacts(of: directory.pushing(FilePath(name.text))).digest != digest
      }.map(\.key.text)
  }
}

/// Files of a published version do not have their digests.
struct DamagedVersion: ExitStatusError, CustomStringConvertible {
  let name: String
  let files: [String]

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "\(name) is damaged, so it is not copied to other destinations; other digests than in SHA256SUMS:"
      + listed(files) + "\n  remove it, and build the variant again with --rebuild"
  }
}

/// No destination can give a version back.
struct NoSource: ExitStatusError, CustomStringConvertible {
  let version: PublishedVersion
  let places: [String]

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "\(version) is only at \(places.joined(separator: ", ")), from where it cannot be fetched; build the "
      + "variant again with --rebuild"
  }
}

/// A build of a variant began while its newest version was to be copied.
struct BuildBegan: ExitStatusError, CustomStringConvertible {
  let variant: String

  var exitStatus: ExitStatus { .temporaryFailure }
  var description: String {
    "a build of \(variant) runs on this host, so nothing was copied; give the command again when it has "
      + "ended"
  }
}
