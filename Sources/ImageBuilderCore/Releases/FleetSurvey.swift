import Configuration

/// The versions of the variants of a fleet at its destinations, by one listing of each destination.
struct FleetSurvey: Sendable {
  /// A version, wherever it is.
  struct Version: Sendable {
    let version: PublishedVersion
    let buildVersion: BuildVersion
    /// The places that have it, as indices of the destinations of the fleet.
    fileprivate(set) var places: [(destination: Int, listed: ListedVersion)]

    /// When it was published for the first time, in seconds since 1970.
    var secondsSinceEpoch: UInt64 { places.map(\.listed.secondsSinceEpoch).min() ?? 0 }
  }

  let fleet: ReleasedFleet
  /// By variant, the newest first.
  let versions: [PublishedVariant: [Version]]
  /// What is listed, but has no manifest of its name, so that it is not known to be a version of ours.
  let strange: [PublishedVersion]
  /// Everything that is listed, also of variants that are not meant.
  let present: Set<PublishedVersion>

  /// Why destinations were not looked at, by their index in the fleet.
  let unseen: [Int: String]

  /// - Parameter skips: whether a destination is left out because of an error. By default, none is.
  /// - Throws: `UnreachableDestination`.
  init(_ fleet: ReleasedFleet, skips: (any Error) -> Bool = { _ in false }) async throws {
    self.fleet = fleet
    var unseen: [Int: String] = [:]
    let members = Dictionary(fleet.members.map { ($0.variant, $0) }) { first, _ in first }
    var found: [PublishedVersion: Version] = [:]
    var strange: Set<PublishedVersion> = []
    var present: Set<PublishedVersion> = []
    for (index, place) in fleet.destinations.enumerated() {
      let all: [ListedVersion]
      do {
        all = try await place.versions.all()
      } catch  where skips(error) {
        unseen[index] = "\(error)"
        continue
      }
      present.formUnion(all.map(\.version))
      for listed in all where place.variants.contains(listed.version.variant) {
        let version = listed.version
        let inName = members[version.variant]?.buildVersion(in: version.name)
        let known = found[version]?.buildVersion ?? inName
        let text =
          known == nil ? try await place.versions.facts(of: listed)?.entry.buildVersion : nil
        guard let buildVersion = known ?? text.map(BuildVersion.init) else {
          strange.insert(version)
          continue
        }
        found[version, default: Version(version: version, buildVersion: buildVersion, places: [])]
          .places.append((index, listed))
      }
    }
    self.unseen = unseen
    self.present = present
    self.strange = strange.filter { found[$0] == nil }.sorted { $0.path < $1.path }
    versions = Dictionary(grouping: found.values) { $0.version.variant }.mapValues {
      $0.sorted { Self.key($0) > Self.key($1) }
    }
  }

  /// The order of versions is that of their build versions. Clocks of publishers may differ.
  private static func key(_ version: Version) -> (BuildVersion, UInt64, String) {
    (version.buildVersion, version.secondsSinceEpoch, version.version.name)
  }

  /// The newest version of a variant, not newer than `limit`.
  func newest(of variant: PublishedVariant, notAfter limit: BuildVersion?) -> Version? {
    versions[variant]?.first { version in limit.map { version.buildVersion <= $0 } ?? true }
  }

  /// The newest version of a variant at a destination, which is an index of those of the fleet.
  func newest(of variant: PublishedVariant, at destination: Int) -> Version? {
    versions[variant]?.first { $0.places.contains { $0.destination == destination } }
  }

  /// What a version says of itself, at the first place that has it.
  ///
  /// - Throws: `UnreachableDestination`.
  func facts(of version: Version) async throws -> VersionFacts? {
    guard let (index, listed) = version.places.first else { return nil }
    return try await fleet.destinations[index].versions.facts(of: listed)
  }

  /// A file of a version, at the first place that has it.
  ///
  /// - Throws: `UnreachableDestination`.
  func read(_ file: String, of version: Version) async throws -> [UInt8]? {
    guard let (index, _) = version.places.first else { return nil }
    return try await fleet.destinations[index].destination.read(file, of: version.version)
  }
}
