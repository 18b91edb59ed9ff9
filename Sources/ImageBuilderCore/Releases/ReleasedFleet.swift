import Configuration
import SystemPackage

/// A fleet whose versions are released or removed.
package struct ReleasedFleet: Sendable {
  /// A variant of the fleet.
  package struct Member: Sendable {
    package let configuration: Configuration
    package let paths: BuildPaths
    let variant: PublishedVariant
    /// Why versions must not be removed now, such as "a build of it runs"; nil if they may.
    package let busy: String?
    private let names: BuildVersionInNames?

    /// PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY.
    package var name: String { variant.path }

    /// - Throws: `ConfigurationError`; `PublishingError.unusableVariant`.
    package init(_ configuration: Configuration, _ paths: BuildPaths, busy: String? = nil) throws {
      self.configuration = configuration
      self.paths = paths
      self.busy = busy
      variant = try PublishedVariant(configuration)
      names = try BuildVersionInNames(configuration, paths)
    }

    func buildVersion(in name: String) -> BuildVersion? { names?.buildVersion(in: name) }

    /// Whether the variant is past `release:end_of_life`: that day has ended.
    ///
    /// - Parameter days: the number of days that are added.
    /// - Throws: `ConfigurationError`.
    func isPastEndOfLife(at now: UInt64, deferredBy days: UInt64 = 0) throws -> Bool {
      guard let end = try configuration.value(Options.release.endOfLife)?.end else { return false }
      let (seconds, isTooLong) = days.multipliedReportingOverflow(by: 86_400)
      return !isTooLong && now >= seconds && now - seconds >= UInt64(clamping: end)
    }

    /// `release:end_of_life`; nil if it is empty.
    ///
    /// - Throws: `ConfigurationError`.
    var endOfLife: String? {
      get throws { try configuration.value(Options.release.endOfLife)?.description }
    }
  }

  package let name: String
  let members: [Member]
  let destinations: [FleetDestination]

  /// - Parameters:
  ///   - members: at least one.
  ///   - cache: a directory for what is read at destinations, for example `CACHEDIR/fleet`; nil if
  ///     nothing is kept.
  /// - Throws: `ConfigurationError`; `PublishingError`; `LinuxError`.
  package init(_ name: String, _ members: [Member], cache: FilePath?) throws {
    let (versions, records) = (cache?.appending("manifests"), cache?.appending("releases"))
    for directory in [versions, records].compactMap({ $0 }) { try Directories.create(directory) }
    try self.init(
      name, members, FleetDestination.all(of: members, versions: versions, records: records))
  }

  /// - Throws: `NoRecords`.
  init(_ name: String, _ members: [Member], _ destinations: [FleetDestination]) throws {
    self.name = name
    self.members = members.sorted { $0.variant < $1.variant }
    self.destinations = destinations
  }

  /// Checks that a destination can hold the records of releases.
  ///
  /// - Throws: `NoRecords`.
  package func requireRecords() throws {
    guard destinations.contains(where: { $0.records != nil }) else {
      throw NoRecords(fleet: name, places: destinations.map(\.place))
    }
  }

  /// Checks that all destinations can be read and written.
  ///
  /// - Throws: as `Destination.check`.
  func check() async throws {
    for destination in destinations { try await destination.destination.check() }
  }

  /// The records of all fleets at all destinations, the newest release first.
  ///
  /// - Parameter unseen: the indices of destinations that are left out.
  /// - Throws: `UnreachableDestination`; `ReleaseRecord.Damage`.
  func records(without unseen: some Collection<Int> = []) async throws -> [ReleaseRecord] {
    var records: [String: ReleaseRecord] = [:]
    for (index, destination) in destinations.enumerated() where !unseen.contains(index) {
      for record in try await destination.records?.all() ?? [] { records[record.path] = record }
    }
    return records.values.sorted {
      (BuildVersion($0.version), $0.fleet) > (BuildVersion($1.version), $1.fleet)
    }
  }
}

/// A destination of some variants of a fleet.
struct FleetDestination: Sendable {
  let destination: any Destination
  let versions: PublishedVersions
  /// Nil if the place holds only versions.
  let records: ReleaseRecords?
  private(set) var variants: Set<PublishedVariant>

  var place: String { destination.place }
  /// The kind of the destination, as `publish:destinations` names it.
  var kind: String {
    DestinationKind.allCases.first { $0.option == destination.option }?.rawValue ?? place
  }

  /// - Parameters:
  ///   - versions: a directory for what is read of versions; nil if nothing is kept.
  ///   - records: a directory for records that are read.
  init(
    _ destination: any Destination, _ variants: Set<PublishedVariant>, versions: FilePath? = nil,
    records: FilePath? = nil
  ) {
    self.destination = destination
    self.variants = variants
    self.versions = PublishedVersions(destination, cache: versions)
    self.records = destination.sharedFiles.map { ReleaseRecords($0, cache: records) }
  }

  /// The destinations of all members. One that several members have is listed once.
  ///
  /// - Throws: `ConfigurationError`; `PublishingError`.
  fileprivate static func all(
    of members: [ReleasedFleet.Member], versions: FilePath?, records: FilePath?
  ) throws -> [FleetDestination] {
    var all: [FleetDestination] = []
    var known: [String: Int] = [:]
    for member in members {
      let endpoint = try member.configuration.value(Options.publish.s3Endpoint) ?? ""
      for destination in try Destinations.configured(member.configuration, member.paths) {
        let key = "\(destination.option)\0\(destination.place)\0\(endpoint)"
        let index = known[key] ?? all.count
        if index == all.count {
          known[key] = index
          all.append(
            FleetDestination(destination, [], versions: versions, records: records))
        }
        all[index].variants.insert(member.variant)
      }
    }
    return all
  }
}

/// A fleet has no destination that can hold the records of its releases.
struct NoRecords: ExitStatusError, CustomStringConvertible {
  let fleet: String
  /// The destinations that the fleet has.
  let places: [String]

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    let found =
      places.isEmpty
      ? "has no destination"
      : "publishes only to \(places.map { visible($0) }.joined(separator: ", "))"
    return
      "the fleet \(fleet) \(found); the records of its releases need a directory, an object store "
      + "or a host that ssh reaches: add one of them to publish:destinations"
  }
}
