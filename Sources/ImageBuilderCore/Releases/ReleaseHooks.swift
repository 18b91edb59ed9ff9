import Configuration
import SystemPackage

/// The hooks of the group `release`: those of the first variant of a fleet. They run once for each
/// release, on the host as it is.
struct ReleaseHooks: Sendable {
  private let fleet: ReleasedFleet
  private let member: ReleasedFleet.Member?

  /// - Throws: `ConfigurationError` for missing and invalid hooks.
  init(_ fleet: ReleasedFleet) throws {
    self.fleet = fleet
    member = fleet.members.first
    if let member { _ = try Hook.all(of: .release, member.configuration, member.paths) }
  }

  /// Runs the hooks. They find the record, its signature and the notes beside each other.
  ///
  /// - Throws: `HookFailure`; `ConfigurationError`; `LinuxError`; `CancellationError`.
  func run(_ publication: RecordPublication) async throws {
    guard let member else { return }
    try await TemporaryDirectory.with(in: "/tmp") { directory in
      let record = directory.appending("\(publication.record.version).json")
      try FileAccess.write(publication.bytes, to: record, waitsForDisk: false)
      try FileAccess.write(
        publication.notes, to: directory.appending("\(publication.record.version).md"),
        waitsForDisk: false)
      if let signature = publication.signature {
        try FileAccess.write(signature, to: FilePath("\(record).asc"), waitsForDisk: false)
      }
      let environment = try environment(of: member, publication.record, at: record)
      try await HookRunner(
        member.configuration, member.paths,
        HookEnvironment(member.paths, inherited: environment)
      ).run(.release)
    }
  }

  private func environment(
    of member: ReleasedFleet.Member, _ record: ReleaseRecord, at file: FilePath
  ) throws -> [String: String] {
    var environment = ["TERM": currentEnvironment()["TERM"] ?? "dumb"]
    for (name, value) in try member.configuration.environment() { environment[name] = value }
    for variable in [BuildVariable.sourceDateEpoch, .hookDirectory, .retryAttempts, .retryInterval]
    {
      environment[variable: variable] = variable.value
    }
    environment[variable: .program] = try? ProgramFiles.command().string
    environment[variable: .releasedFleet] = fleet.name
    environment[variable: .releaseVersion] = record.version
    environment[variable: .releaseRecord] = file.string
    return environment
  }
}
