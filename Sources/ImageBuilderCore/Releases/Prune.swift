import Configuration
import Glibc

/// Removes old versions of the variants of a fleet.
package struct Prune: Sendable {
  private let fleet: ReleasedFleet
  private let level: PruneLevel
  private let more: Int
  private let deferredDays: UInt64
  private let now: UInt64

  /// - Parameters:
  ///   - more: how many more versions are kept.
  ///   - deferredDays: how long after its end of life a variant is kept, in days.
  ///   - now: in seconds since 1970.
  package init(
    _ fleet: ReleasedFleet, _ level: PruneLevel, keepingMore more: Int = 0,
    deferredDays: UInt64 = 0,
    now: UInt64 = UInt64(time(nil))
  ) {
    self.fleet = fleet
    self.level = level
    self.more = more
    self.deferredDays = deferredDays
    self.now = now
  }

  /// - Parameter isConfirmed: otherwise nothing is changed.
  /// - Throws: `UnreachableDestination`; `ReleaseRecord.Damage`; `ConfigurationError`; as
  ///   `Removal.run`.
  package func run(isConfirmed: Bool) async throws -> RemovalReport {
    var finished: Set<String> = []
    if isConfirmed {
      try await fleet.check()
      finished = try await Removal.finish(fleet)
    }
    let survey = try await FleetSurvey(fleet)
    let records = try await fleet.records()
    let dates = Dictionary(records.flatMap { record in record.versions.map { ($0, record.date) } })
    {
      max($0, $1)
    }
    var indexes: [[PublishedVersion: IndexDocument.Version]] = []
    for place in fleet.destinations { indexes.append(try await place.versions.indexed()) }
    var removed: [FleetSurvey.Version] = []
    var kept = survey.strange.map(RemovalReport.Kept.init(strange:))
    for member in fleet.members {
      let old = try await OldVersions(member, survey, indexes).all(
        level, more, isPastEnd: member.isPastEndOfLife(at: now, deferredBy: deferredDays))
      kept += old.strange.map(RemovalReport.Kept.init(strange:))
      if old.versions.isEmpty { continue }
      if let busy = member.busy {
        kept.append(RemovalReport.Kept(version: member.name, reason: busy))
        continue
      }
      if level == .endOfLife {
        removed += old.versions
        continue
      }
      let protected = try await Protection(member, survey, dates, now)
      for version in old.versions {
        if let reason = protected.reason(for: version) {
          kept.append(RemovalReport.Kept(version: version.version.path, reason: reason))
        } else {
          removed.append(version)
        }
      }
    }
    let removal = Removal(fleet, removed, released: Set(dates.keys), removesOutputs: false)
    if isConfirmed { try await removal.run() }
    return removal.report(isDone: isConfirmed, kept: kept, finished: finished)
  }
}

/// The versions of a variant that are old by a level.
private struct OldVersions {
  private let survey: FleetSurvey
  private let versions: [FleetSurvey.Version]
  private let indexes: [[PublishedVersion: IndexDocument.Version]]

  init(
    _ member: ReleasedFleet.Member, _ survey: FleetSurvey,
    _ indexes: [[PublishedVersion: IndexDocument.Version]]
  ) {
    self.survey = survey
    self.indexes = indexes
    versions = survey.versions[member.variant] ?? []
  }

  /// - Returns: the versions, and those that are not known to be ours.
  /// - Throws: `UnreachableDestination`.
  func all(
    _ level: PruneLevel, _ more: Int, isPastEnd: Bool
  ) async throws -> (versions: [FleetSurvey.Version], strange: [PublishedVersion]) {
    if level == .endOfLife && !isPastEnd { return ([], []) }
    var counts: [String: Int] = [:]
    var old: [FleetSurvey.Version] = []
    var strange: [PublishedVersion] = []
    for version in versions {
      guard let entry = try await entry(of: version) else {
        strange.append(version.version)
        continue
      }
      let group = level == .revision ? entry.osVersion ?? "" : ""
      counts[group, default: 0] += 1
      if counts[group]! > more + (level == .endOfLife ? 0 : 1) { old.append(version) }
    }
    return (old, strange)
  }

  /// What the index of the place says of a version, or its files if it is not listed there.
  private func entry(of version: FleetSurvey.Version) async throws -> IndexDocument.Version? {
    for (index, listed) in version.places {
      if let entry = indexes[index][version.version],
        entry.published == UTCDate.text(listed.secondsSinceEpoch)
      {
        return entry
      }
    }
    return try await survey.facts(of: version)?.entry
  }
}

/// What keeps versions of a variant, unless it is past its end of life.
private struct Protection {
  private var reasons: [PublishedVersion: String] = [:]

  /// - Parameter dates: when versions were released.
  /// - Throws: `UnreachableDestination`; `ConfigurationError`.
  init(
    _ member: ReleasedFleet.Member, _ survey: FleetSurvey, _ dates: [PublishedVersion: String],
    _ now: UInt64
  ) async throws {
    let versions = survey.versions[member.variant] ?? []
    let age = try member.configuration.value(Options.release.keptFor)
    let seconds = age.map { UInt64(clamping: $0.components.seconds) }
    let oldest = seconds.map { UTCDate.text(now - min(now, $0)) }
    for version in versions.map(\.version) {
      guard let date = dates[version], oldest.map({ date >= $0 }) ?? true else { continue }
      reasons[version] = "it was released"
    }
    if let latest = versions.max(by: { $0.secondsSinceEpoch < $1.secondsSinceEpoch }) {
      reasons[latest.version] = "it was published last"
    }
    for version in versions {
      guard let facts = try await survey.facts(of: version),
        try VersionCheck(facts, member.configuration).problems.isEmpty
      else { continue }
      reasons[version.version] = "it is the newest good version"
      break
    }
  }

  func reason(for version: FleetSurvey.Version) -> String? { reasons[version.version] }
}
