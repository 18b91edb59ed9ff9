import Configuration
import SystemPackage

/// The queue of a Slurm cluster, used by Slurm's own commands. Nothing about jobs is kept elsewhere:
/// they are found by their names.
struct SlurmQueue: Sendable {
  static let tools = ["squeue", "sbatch", "scancel"].map {
    RequiredTool(
      name: $0, package: "slurm-client", purpose: "build on a cluster (fleet:scheduler = slurm)")
  }

  private let environment: [String: String]

  /// - Parameters:
  ///   - configuration: the path of slurm.conf; nil for the one in /etc/slurm. sbatch would pass
  ///     other variables of Slurm to the job (SLURM_JWT), or take options from them (SBATCH_*).
  ///   - searchPath: the directories of Slurm's commands, separated by colons.
  init(
    configuration: String? = BuildVariable.slurmConfiguration.value,
    searchPath: String = SearchPath.standard
  ) {
    var environment = Command.toolEnvironment
    environment["PATH"] = searchPath
    environment[variable: .slurmConfiguration] = configuration
    self.environment = environment
  }

  /// Returns all jobs that build variants, also those of other fleets and users, and those that ended
  /// not long ago.
  ///
  /// - Throws: `SlurmError`, also if the controller does not answer, which is no empty queue;
  ///   `MissingTool`; `CancellationError`; `Errno`.
  func jobs() async throws -> [SlurmJob] {
    let (bytes, failure) = try await output(
      of: "squeue", ["--json", "--states=all"], upTo: SlurmListing.largestInBytes)
    if let failure { throw SlurmError.unreachable(Self.message(failure)) }
    let listing: SlurmListing
    do {
      listing = try SlurmListing(parsing: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw SlurmError.unreadable(JSONValue.reason(error))
    }
    guard listing.problems.isEmpty else {
      throw SlurmError.unreachable(listing.problems.joined(separator: "; "))
    }
    return listing.jobs
  }

  /// Submits a job. The controller may lose it if it crashes within seconds.
  ///
  /// - Returns: the ID of the job.
  /// - Throws: the errors of `jobs`; `SlurmError.refused`.
  func submit(_ submission: SlurmSubmission) async throws -> UInt64 {
    let (bytes, failure) = try await output(
      of: "sbatch", submission.sbatchArguments, input: submission.script, upTo: 1 << 10)
    guard let failure else {
      // In a cluster of clusters, the ID is followed by the name of one.
      let text = String(decoding: bytes, as: UTF8.self)
      if let id = UInt64(text.prefix { !";\n".contains($0) }) { return id }
      throw SlurmError.refused(submission.variant, "sbatch printed '\(text)', which is no job ID")
    }
    // sbatch has one status for all failures.
    _ = try await jobs()
    throw SlurmError.refused(submission.variant, Self.message(failure))
  }

  /// Ends jobs, which get SIGTERM, and SIGKILL some seconds later (KillWait). Those that have ended
  /// are left out.
  ///
  /// - Throws: the errors of `jobs`; `SlurmError.notCancelled`.
  func cancel(_ jobs: [SlurmJob]) async throws {
    guard !jobs.isEmpty else { return }
    let (_, failure) = try await output(of: "scancel", jobs.map { "\($0.id)" }, upTo: 1 << 10)
    guard let failure else { return }
    let left = Set(try await self.jobs().filter { $0.ended == nil }.map(\.id))
      .intersection(jobs.map(\.id))
    if left.isEmpty { return }
    throw SlurmError.notCancelled(left.sorted(), Self.message(failure))
  }

  /// Runs a command of Slurm and returns its standard output.
  ///
  /// - Throws: `SlurmError.unreadable` for more bytes than `limit`.
  private func output(
    of name: String, _ arguments: [String], input: String? = nil, upTo limit: Int
  ) async throws -> ([UInt8], CommandFailure?) {
    let path = environment["PATH"] ?? SearchPath.standard
    guard let program = SearchPath.find(name, in: path) else {
      throw MissingTool(tool: Self.tools.first { $0.name == name } ?? Self.tools[0])
    }
    let command = Command(program.string, arguments, environment: environment, input: input)
    let (read, failure) = try await command.run { pipe, _ in
      var bytes: [UInt8] = []
      let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
      defer { piece.deallocate() }
      while true {
        let count = try pipe.read(into: piece)
        if count == 0 { return bytes }
        bytes += piece[..<count]
        guard bytes.count <= limit else {
          throw SlurmError.unreadable("it is longer than \(formattedSize(UInt64(limit)))")
        }
      }
    }
    return (try read.get(), failure)
  }

  private static func message(_ failure: CommandFailure) -> String {
    failure.lastLines.isEmpty
      ? "\(failure.command.program) \(failure.reason.sentence)"
      : failure.lastLines.joined(separator: "; ")
  }
}
