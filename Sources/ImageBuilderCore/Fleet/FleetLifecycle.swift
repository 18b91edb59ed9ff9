import Configuration
import SystemPackage

/// The commands that release the versions of a fleet, or remove them.
package struct FleetLifecycle: Sendable {
  private let fleet: Fleet

  /// - Throws: `FleetDefects`, because what cannot be read could name other destinations.
  package init(_ fleet: Fleet) throws {
    guard fleet.defects.isEmpty else { throw FleetDefects(fleet.defects) }
    self.fleet = fleet
  }

  /// `fleet release`.
  ///
  /// - Throws: as `Release.run`; `FleetLocked`; `Interruption`.
  package func release(_ version: String?) throws -> ReleaseReport {
    try locked {
      let released = try released()
      let found = try await FleetLook(fleet: fleet, released: released).run()
      return try await Release(released) { member, manifest in
        try Self.staleness(member.name, manifest["inputs"]?.string, found)
      }.run(version)
    }
  }

  /// Why a version with these inputs is not up to date.
  private static func staleness(
    _ name: String, _ inputs: String?, _ found: FleetLook.Result
  ) throws -> String? {
    switch found.states[name]?.need {
    case .unknown(let reason)?: return reason
    case .build(let reasons)?: return reasons.joined(separator: ", ")
    default: break
    }
    let now = try found.pins[name]?.inputs.digest
    return now == inputs ? nil : "its inputs are not those of a build now"
  }

  /// `fleet rollback`.
  ///
  /// - Throws: as `Rollback.run`; `FleetLocked`; `Interruption`.
  package func rollback(_ version: String?, isConfirmed: Bool) throws -> RemovalReport {
    try locked { try await Rollback(released()).run(version, isConfirmed: isConfirmed) }
  }

  /// `fleet prune`.
  ///
  /// - Throws: as `Prune.run`; `FleetLocked`; `Interruption`.
  package func prune(
    _ level: PruneLevel, keepingMore count: Int, deferredDays days: Int, isConfirmed: Bool
  ) throws -> RemovalReport {
    try locked {
      try await Prune(
        released(), level, keepingMore: count, deferredDays: UInt64(clamping: days)
      )
      .run(isConfirmed: isConfirmed)
    }
  }

  /// `fleet notes`.
  ///
  /// - Throws: as `ReleasedFleet.notes`; `Interruption`.
  package func notes(_ version: String?) throws -> ReleaseNotes {
    try TerminationSignals.run { try await released().notes(of: version) }
  }

  private func locked<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) throws -> Result {
    let fleet = fleet
    return try TerminationSignals.run {
      try await FleetLock.holding(fleet) { _ in try await body() }
    }
  }

  private func released() throws -> ReleasedFleet {
    let released = try fleet.released()
    try released.requireRecords()
    return released
  }
}

/// Variants of a fleet have configurations that cannot be used.
struct FleetDefects: ExitStatusError, CustomStringConvertible {
  private let defects: [Fleet.Defect]

  init(_ defects: [Fleet.Defect]) {
    self.defects = defects
  }

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "variants of the fleet have a wrong configuration:"
      + listed(defects.map { "\($0.name): \($0.reason)" })
      + "\n  correct it, or leave them out with --skip"
  }
}
