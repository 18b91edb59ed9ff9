import Configuration

/// What a release has, and what has changed since the release before.
package struct ReleaseNotes: Codable, Equatable, Sendable {
  package struct Image: Codable, Equatable, Sendable {
    package let file: String
    /// The name of the file without OUTVERSION.
    package let kind: String
    /// In bytes.
    package let size: UInt64
    package let sha256: String
  }

  /// A text that may have changed.
  package struct Text: Codable, Equatable, Sendable {
    /// Nil if there is no release before, or it does not say.
    package let before: String?
    package let now: String?
  }

  package struct Variant: Codable, Equatable, Sendable {
    package let variant: String
    package let version: String
    package let buildVersion: String
    /// OUTVERSION in the release before.
    package let versionBefore: String?
    package let commit: Text
    package let osVersion: Text
    /// Nil if one of the releases has no list of packages.
    package let packages: NamedChanges?
    /// Settings, hooks and other inputs; nil if one of the releases has no list of them.
    package let inputs: NamedChanges?
    package let images: [Image]
    package let imagesBefore: [Image]
    /// When support ends.
    package let endOfLife: String?
    /// Whether the files of the version are not at any destination any more.
    package let isGone: Bool

    enum CodingKeys: String, CodingKey {
      case variant, version, commit, packages, inputs, images
      case buildVersion = "build_version"
      case versionBefore = "version_before"
      case osVersion = "os_version"
      case imagesBefore = "images_before"
      case endOfLife = "end_of_life"
      case isGone = "gone"
    }
  }

  package let fleet: String
  package let version: String
  /// The version of the release before; nil if this is the first.
  package let previous: String?
  /// Sorted.
  package let variants: [Variant]

  /// - Parameter older: the release before.
  /// - Throws: `UnreachableDestination`.
  init(
    _ fleet: ReleasedFleet, _ survey: FleetSurvey, _ record: ReleaseRecord,
    since older: ReleaseRecord?
  ) async throws {
    self.fleet = fleet.name
    version = record.version
    previous = older?.version
    let old = Dictionary(
      older?.variants.map { ($0.variant, $0) } ?? [], uniquingKeysWith: { first, _ in first })
    variants = try await concurrentMap(record.variants, atMost: 8) { item in
      try await Variant(item, since: old[item.variant], survey)
    }
  }
}

extension ReleaseNotes.Variant {
  fileprivate init(
    _ item: ReleaseRecord.Item, since old: ReleaseRecord.Item?, _ survey: FleetSurvey
  ) async throws {
    let now = try await Self.content(of: item, survey)
    let before = try await Self.content(of: old, survey)
    variant = item.variant
    version = item.version
    buildVersion = item.buildVersion
    versionBefore = old?.version
    commit = ReleaseNotes.Text(before: old?.commit, now: item.commit)
    osVersion = ReleaseNotes.Text(before: old?.osVersion, now: item.osVersion)
    packages = Self.changes(before?.packages, now?.packages)
    inputs = Self.changes(before?.inputs, now?.inputs)
    images = now?.images ?? []
    imagesBefore = before?.images ?? []
    endOfLife = item.endOfLife
    isGone = now == nil
  }

  private static func content(
    of item: ReleaseRecord.Item?, _ survey: FleetSurvey
  ) async throws -> VersionContent? {
    guard let version = item?.published,
      let found = survey.versions[version.variant]?.first(where: { $0.version == version })
    else { return nil }
    return try await VersionContent(of: found, survey)
  }

  private static func changes(_ old: [String: String]?, _ new: [String: String]?) -> NamedChanges? {
    guard let old, let new else { return nil }
    return NamedChanges(from: old, to: new)
  }
}

extension ReleasedFleet {
  /// The notes of a release.
  ///
  /// - Parameter version: the version of a release; nil for what would be released now, whether it can
  ///   be released or not.
  /// - Throws: `UnknownRelease`; `UnreachableDestination`; `ReleaseRecord.Damage`;
  ///   `ConfigurationError`.
  package func notes(of version: String?) async throws -> ReleaseNotes {
    let records = try await records()
    let survey = try await FleetSurvey(self)
    let own = records.filter { $0.fleet == name }
    let record: ReleaseRecord
    if let version {
      guard let found = own.first(where: { $0.version == version }) else {
        throw UnknownRelease(fleet: name, version: version, known: own.map(\.version))
      }
      record = found
    } else {
      record = try await upcoming(survey)
    }
    return try await ReleaseNotes(self, survey, record, since: record.previous(in: records))
  }

  /// What the newest versions would be as a release.
  private func upcoming(_ survey: FleetSurvey) async throws -> ReleaseRecord {
    let items = try await concurrentMap(members, atMost: 8) { member -> ReleaseRecord.Item? in
      guard let version = survey.newest(of: member.variant, notAfter: nil),
        let facts = try await survey.facts(of: version)
      else { return nil }
      return ReleaseRecord.Item(
        variant: member.name, version: version.version.name,
        buildVersion: version.buildVersion.text, commit: facts.entry.commit,
        osVersion: facts.entry.osVersion, listDigest: facts.listDigest ?? "",
        manifestDigest: facts.manifestDigest, endOfLife: try member.endOfLife, boot: "")
    }.compactMap { $0 }
    guard let newest = items.map({ BuildVersion($0.buildVersion) }).max() else {
      throw NothingPublished(fleet: name)
    }
    return ReleaseRecord(
      fleet: name, version: newest.text, date: "", variants: items, commits: [])
  }
}

/// There is no release of this version.
struct UnknownRelease: ExitStatusError, CustomStringConvertible {
  let fleet: String
  let version: String
  let known: [String]

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "the fleet \(fleet) has no release \(visible(version)); "
      + (known.isEmpty
        ? "it has no release yet"
        : "its newest releases are \(visible(known.prefix(5).joined(separator: ", ")))")
  }
}

/// No variant of a fleet has a version.
struct NothingPublished: ExitStatusError, CustomStringConvertible {
  let fleet: String

  var exitStatus: ExitStatus { .dataError }
  var description: String { "no variant of the fleet \(fleet) has a version at its destinations" }
}
