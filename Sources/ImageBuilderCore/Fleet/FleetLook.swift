import Bindings
import Configuration
import Glibc

/// Finds out what there is of each variant of a fleet, and what is to be done. Changes nothing.
///
/// Each destination is listed once, and each tree is asked for once.
package struct FleetLook {
  /// Variants that are looked at at a time.
  private static let parallelism = 8

  /// What was found, by variant.
  struct Result: Sendable {
    let survey: FleetSurvey
    /// The versions in all records of releases.
    let released: Set<PublishedVersion>
    let trees: FleetTrees
    var states: [String: MemberState] = [:]
    /// What a build of a variant takes from the look.
    var pins: [String: Pins] = [:]
    var notes: [String] = []
  }

  /// What the builds of a run must take, so that all of them have the same.
  struct Pins: Sendable {
    /// Equal for variants with the same tree.
    let tree: String
    /// The commit of the tree; nil if a hook will compose it.
    let commit: String?
    let probes: InputProbes
    /// Without the commit if that is not known.
    let inputs: BuildInputs
  }

  let fleet: Fleet
  let released: ReleasedFleet
  /// Whether what cannot be looked at is left out, and told: a destination without credentials, the
  /// queue of a cluster.
  var isLenient = false
  /// Whether all variants are built, also those that are up to date.
  var rebuilds = false
  /// Trees that are known already; nil asks for all.
  var trees: FleetTrees?
  /// Seconds since 1970.
  var now = UInt64(time(nil))

  /// - Throws: `UnreachableDestination`; what keeps all variants from being looked at.
  func run() async throws -> Result {
    let survey = try await FleetSurvey(released) { isLenient && $0 is S3CredentialsError }
    let records = try await released.records(without: survey.unseen.keys)
    let versions = Set(records.flatMap(\.versions))
    let trees = try await FleetTrees(fleet.members, keeping: trees)
    let files = InputFiles()
    var result = Result(survey: survey, released: versions, trees: trees)
    let jobs: [SlurmJob]
    do {
      jobs = fleet.settings.scheduler == .slurm ? try await SlurmQueue().jobs() : []
    } catch let error as SlurmError where isLenient {
      jobs = []
      result.notes.append("\(error)")
    }
    result.notes += survey.unseen.sorted { $0.key < $1.key }.map { index, reason in
      "\(released.destinations[index].place) was not looked at: \(reason)"
    }
    for defect in fleet.defects {
      result.states[defect.name] = MemberState(name: defect.name, need: .correct(defect.reason))
    }
    let looks = try await concurrentMap(fleet.members, atMost: Self.parallelism) { member in
      let look = MemberLook(
        member: member, fleet: fleet, survey: survey, released: versions, rebuilds: rebuilds,
        now: now, files: files,
        job: SlurmJob.current(jobs, of: member.published, fleet.build.buildVersion))
      return try await (member.name, look.run(trees.answer(for: member)))
    }
    for (name, (state, pins)) in looks {
      result.states[name] = state
      result.pins[name] = pins
    }
    return result
  }

  /// `fleet state`. A destination without credentials is not looked at.
  ///
  /// - Throws: as `run`; `Interruption` after a signal.
  package static func table(of fleet: Fleet) throws -> FleetTable {
    try TerminationSignals.run {
      let look = FleetLook(
        fleet: fleet, released: try fleet.released(), isLenient: true)
      let found = try await look.run()
      return FleetTable(
        fleet: fleet.name, states: found.states.values.sorted { $0.name < $1.name },
        notes: found.notes, now: look.now)
    }
  }
}
