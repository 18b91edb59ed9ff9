import Configuration

/// Removes the versions of one run of a fleet: those with one build version. Variants that the run did
/// not build are not touched. A run whose removal was interrupted is the newest one until it is removed.
package struct Rollback: Sendable {
  private let fleet: ReleasedFleet

  package init(_ fleet: ReleasedFleet) {
    self.fleet = fleet
  }

  /// - Parameters:
  ///   - version: the build version of the run; nil for the newest one.
  ///   - isConfirmed: otherwise nothing is changed.
  /// - Throws: `ReleasedRun`; `UnknownRun`; `BusyBuild`; `UnreachableDestination`;
  ///   `ReleaseRecord.Damage`; as `Removal.run`.
  package func run(_ version: String? = nil, isConfirmed: Bool) async throws -> RemovalReport {
    var finished: Set<String> = []
    if isConfirmed {
      try await fleet.check()
      finished = try await Removal.finish(fleet)
    }
    let survey = try await FleetSurvey(fleet)
    let interrupted = finished.flatMap { name in
      fleet.members.compactMap { $0.buildVersion(in: name) }
    }
    let runs = Set(survey.versions.values.flatMap { $0.map(\.buildVersion) } + interrupted)
      .sorted(by: >)
    let run = version.map(BuildVersion.init) ?? runs.first
    guard let run, runs.contains(run) else {
      guard let version else { throw NothingPublished(fleet: fleet.name) }
      throw UnknownRun(fleet: fleet.name, version: version, known: runs.map(\.text))
    }
    let versions = survey.versions.values.flatMap { $0.filter { $0.buildVersion == run } }
    let records = try await fleet.records()
    try refuseReleased(versions.map(\.version), records)
    let built = Set(versions.map(\.version.variant))
    let busy = fleet.members.filter { built.contains($0.variant) && $0.busy != nil }
    guard busy.isEmpty else {
      throw BusyBuild(variants: Dictionary(uniqueKeysWithValues: busy.map { ($0.name, $0.busy!) }))
    }
    let (own, strange) = try await versions.separated(survey)
    let removal = Removal(
      fleet, own, released: Set(records.flatMap(\.versions)), removesOutputs: true)
    if isConfirmed { try await removal.run() }
    return removal.report(
      isDone: isConfirmed, kept: strange.map(RemovalReport.Kept.init(strange:)), finished: finished)
  }

  private func refuseReleased(
    _ versions: [PublishedVersion], _ records: [ReleaseRecord]
  ) throws {
    let versions = Set(versions)
    let releases = records.compactMap { record in
      let released = record.versions.filter(versions.contains).map(\.path)
      return released.isEmpty ? nil : (record.path, released)
    }
    guard releases.isEmpty else { throw ReleasedRun(releases: releases) }
  }
}

extension [FleetSurvey.Version] {
  /// The versions that have a manifest of their name, and the other ones, which nobody knows to be ours.
  ///
  /// - Throws: `UnreachableDestination`.
  fileprivate func separated(
    _ survey: FleetSurvey
  ) async throws -> (own: [FleetSurvey.Version], strange: [PublishedVersion]) {
    var (own, strange): ([FleetSurvey.Version], [PublishedVersion]) = ([], [])
    for version in self {
      if try await survey.facts(of: version) != nil {
        own.append(version)
      } else {
        strange.append(version.version)
      }
    }
    return (own, strange)
  }
}

extension RemovalReport.Kept {
  /// A version without a manifest of its name.
  init(strange version: PublishedVersion) {
    self.init(
      version: version.path,
      reason:
        "it has no \(version.name).\(OutputManifest.fileExtension) that can be read, so it may "
        + "not be a version of ours")
  }
}

/// Versions of a run are released.
struct ReleasedRun: ExitStatusError, CustomStringConvertible {
  /// The path of each record, and the versions in it.
  let releases: [(record: String, versions: [String])]

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "nothing was removed, because versions of the run are released:"
      + releases.flatMap { release in
        release.versions.map { "\n    \(visible($0)) in \(visible(release.record))" }
      }.joined()
  }
}

/// No variant of a fleet has a version of a run.
struct UnknownRun: ExitStatusError, CustomStringConvertible {
  let fleet: String
  let version: String
  /// The newest first.
  let known: [String]

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "no variant of the fleet \(fleet) has a version of the run \(visible(version)); "
      + (known.isEmpty
        ? "there is no run"
        : "the newest runs are \(visible(known.prefix(5).joined(separator: ", ")))")
  }
}
