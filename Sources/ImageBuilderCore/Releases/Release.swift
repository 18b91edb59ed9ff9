import Bindings
import Configuration
import Glibc

/// Releases a fleet: all of it, or nothing. Can be repeated at any time; an interrupted release is
/// completed.
package struct Release: Sendable {
  /// Says why a version with this manifest is not up to date; nil if it is.
  package typealias Staleness = @Sendable (ReleasedFleet.Member, JSONValue) async throws -> String?

  private let fleet: ReleasedFleet
  private let staleness: Staleness

  package init(_ fleet: ReleasedFleet, staleness: @escaping Staleness) {
    self.fleet = fleet
    self.staleness = staleness
  }

  /// Releases the newest version of each variant. Variants that are past their end of life are left out.
  ///
  /// - Parameter version: a build version that no version may be newer than.
  /// - Throws: `UnreleasableFleet` with all gaps; `OtherRelease`; `UnreachableDestination`;
  ///   `ReleaseRecord.Damage`; `ConfigurationError`; `HookFailure` of a hook, after the release; as
  ///   `Signing.with`.
  package func run(_ version: String? = nil) async throws -> ReleaseReport {
    let now = UInt64(time(nil))
    let limit = version.map(BuildVersion.init)
    let members = try fleet.members.filter { try !$0.isPastEndOfLife(at: now) }
    try await fleet.check()
    let hooks = try ReleaseHooks(fleet)
    let survey = try await FleetSurvey(fleet)
    let candidates = try await concurrentMap(members, atMost: 8) { member in
      var candidate = try await ReleaseCandidate(member, survey, notAfter: limit)
      try await candidate.checkPlaces(fleet)
      try await candidate.checkInputs(survey, staleness)
      return candidate
    }
    let commits = try ReleasedCommits(candidates)
    var gaps = candidates.flatMap(\.gaps) + commits.gaps
    if members.isEmpty {
      gaps.append(
        ReleaseGap(subject: fleet.name, reason: "all its variants are past their end of life"))
    }
    guard gaps.isEmpty else { throw UnreleasableFleet(fleet: fleet.name, gaps: gaps) }
    let items = try candidates.compactMap { try $0.item }
    let wanted = ReleaseRecord(
      fleet: fleet.name, version: items.map { BuildVersion($0.buildVersion) }.max()!.text,
      date: UTCDate.text(now), variants: items, commits: commits.records)
    let records = try await fleet.records()
    let known = records.first { $0.path == wanted.path }
    if let known, !known.isSameRelease(as: wanted) { throw OtherRelease(path: known.path) }
    let record = known ?? wanted
    let notes = try await ReleaseNotes(fleet, survey, record, since: record.previous(in: records))
    let publication = try await RecordPublication(fleet, record, notes: notes.markdown)
    try await expose(candidates)
    try await publication.write()
    try await list(records + [record], variants: Set(members.map(\.variant)))
    try await hooks.run(publication)
    return ReleaseReport(
      record: record, isNew: known == nil, places: fleet.destinations.map(\.place),
      leftOut: fleet.members.map(\.name).filter { name in !members.contains { $0.name == name } })
  }

  private func expose(_ candidates: [ReleaseCandidate]) async throws {
    for candidate in candidates {
      for (destination, listed) in candidate.version?.places ?? [] {
        try await fleet.destinations[destination].destination.expose(listed.version)
      }
    }
  }

  private func list(
    _ records: [ReleaseRecord], variants: Set<PublishedVariant>
  ) async throws {
    let released = Set(records.flatMap(\.versions))
    for place in fleet.destinations {
      guard let files = place.destination.sharedFiles else { continue }
      try await PublicIndex(place.destination, files).update(
        PublicIndex.Scope(variants: variants.intersection(place.variants), released: released))
    }
  }
}

/// The commits of a release, of which a ref has only one.
private struct ReleasedCommits {
  private(set) var records: [ReleaseRecord.Commit] = []
  private(set) var gaps: [ReleaseGap] = []

  private struct Source: Hashable {
    let url, ref: String
  }

  /// - Throws: `ConfigurationError`.
  init(_ candidates: [ReleaseCandidate]) throws {
    var variants: [Source: [String: [String]]] = [:]
    for candidate in candidates {
      guard let commit = candidate.facts?.entry.commit else { continue }
      let configuration = candidate.member.configuration
      let source = Source(
        url: try PulledURL(configuration).text,
        ref: try configuration.value(Options.ostree.ref))
      variants[source, default: [:]][commit, default: []].append(candidate.member.name)
    }
    for (source, commits) in variants.sorted(by: { $0.key.ref < $1.key.ref }) {
      records += commits.keys.map { ReleaseRecord.Commit(ref: source.ref, commit: $0) }
      guard commits.count > 1 else { continue }
      let found = commits.sorted { $0.key < $1.key }.map { commit, names in
        "\(commit) (\(names.joined(separator: ", ")))"
      }
      gaps.append(
        ReleaseGap(
          subject: "the ref \(source.ref)",
          reason: "several commits: \(found.joined(separator: ", "))"))
    }
    records = Array(Set(records))
  }
}

extension ReleaseRecord {
  /// The release of the fleet before this one; nil if it is the first.
  ///
  /// - Parameter records: the newest first.
  func previous(in records: [ReleaseRecord]) -> ReleaseRecord? {
    records.first { $0.fleet == fleet && BuildVersion($0.version) < BuildVersion(version) }
  }
}
