import Bindings
import Configuration

/// The version of a variant that a release would take, and what speaks against it.
struct ReleaseCandidate: Sendable {
  let member: ReleasedFleet.Member
  /// Nil if there is no version.
  private(set) var version: FleetSurvey.Version?
  private(set) var facts: VersionFacts?
  private(set) var gaps: [ReleaseGap] = []
  /// Why the image was not booted, if it need not be.
  private(set) var missingBoot: String?

  /// Takes the newest version, not newer than `limit`.
  ///
  /// - Throws: `UnreachableDestination`; `ConfigurationError`.
  init(
    _ member: ReleasedFleet.Member, _ survey: FleetSurvey, notAfter limit: BuildVersion?
  ) async throws {
    self.member = member
    version = survey.newest(of: member.variant, notAfter: limit)
    guard let version else {
      let bound = limit.map { " that is not newer than \($0)" } ?? ""
      report("there is no version\(bound)")
      return
    }
    facts = try await survey.facts(of: version)
    guard let facts else {
      report("\(version.version.name) has no manifest that can be read")
      return
    }
    if !version.buildVersion.isFileName {
      report("the build version \(version.buildVersion) cannot be the name of a record")
    }
    let check = try VersionCheck(facts, member.configuration)
    missingBoot = check.missingBoot
    for problem in check.problems { report("\(version.version.name) \(problem)") }
  }

  private mutating func report(_ reason: String) {
    gaps.append(ReleaseGap(subject: member.name, reason: reason))
  }

  /// Compares the version with those at the other destinations of the variant.
  ///
  /// - Throws: `UnreachableDestination`.
  mutating func checkPlaces(_ fleet: ReleasedFleet) async throws {
    guard let version, let facts else { return }
    for (index, place) in fleet.destinations.enumerated()
    where place.variants.contains(member.variant) {
      let name = place.destination.name(of: version.version)
      guard version.places.contains(where: { $0.destination == index }) else {
        report("\(name) is missing; \"image-builder fleet publish\" completes destinations")
        continue
      }
      let list = try await place.destination.read(
        OutputListing.checksumList, of: version.version)
      if list.map({ MessageDigest.hexadecimal(of: $0) }) != facts.listDigest {
        report("\(name) has another SHA256SUMS than other destinations")
      }
    }
  }

  /// Asks whether the inputs are up to date.
  ///
  /// - Throws: what `reason` throws.
  mutating func checkInputs(
    _ survey: FleetSurvey,
    _ reason: (ReleasedFleet.Member, JSONValue) async throws -> String?
  ) async throws {
    guard let version, facts != nil,
      let manifest = try await survey.manifest(of: version)
    else { return }
    if let reason = try await reason(member, manifest) { report("it is not up to date: \(reason)") }
  }

  /// The item of the record; nil if there are gaps.
  ///
  /// - Throws: `ConfigurationError`.
  var item: ReleaseRecord.Item? {
    get throws {
      guard gaps.isEmpty, let version, let facts, let list = facts.listDigest else { return nil }
      return ReleaseRecord.Item(
        variant: member.name, version: version.version.name,
        buildVersion: version.buildVersion.text, commit: facts.entry.commit,
        osVersion: facts.entry.osVersion, listDigest: list,
        manifestDigest: facts.manifestDigest, endOfLife: try member.endOfLife,
        boot: missingBoot.map { "not booted: \($0)" } ?? "passed")
    }
  }
}

extension FleetSurvey {
  /// The manifest of a version; nil if it cannot be read.
  ///
  /// - Throws: `UnreachableDestination`.
  func manifest(of version: Version) async throws -> JSONValue? {
    try await json(OutputManifest.fileExtension, of: version)
  }

  /// The content of `OUTVERSION.EXTENSION`; nil if it cannot be read.
  ///
  /// - Throws: `UnreachableDestination`.
  func json(_ fileExtension: String, of version: Version) async throws -> JSONValue? {
    let bytes = try await read("\(version.version.name).\(fileExtension)", of: version)
    guard let bytes, bytes.count <= JSONValue.largestFileInBytes else { return nil }
    return try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
  }
}
