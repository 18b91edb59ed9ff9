import Configuration
import Synchronization
import SystemPackage

/// Builds variants on the machines of a Slurm cluster, one job for each. The jobs go on without this
/// process; called again, it finds them by their names.
struct SlurmRun {
  let fleet: Fleet
  let arguments: BuildArguments
  let queue: SlurmQueue
  /// Whether to wait until the jobs have ended.
  let waits: Bool

  /// Submits a job for each variant, and waits for them.
  ///
  /// - Throws: as `JobWatch.wait`.
  func run(_ jobs: [FleetJob], _ display: FleetDisplay) async throws -> [BuildOutcome] {
    let progress = Progress(display)
    var submitted: [PublishedVariant: FleetJob] = [:]
    for job in jobs {
      do {
        let id = try await queue.submit(submission(job))
        submitted[job.member.published] = job
        progress.begin(job.member.name, "job \(id)")
        if !waits { progress.end(job.member.name, .submitted(job: id)) }
      } catch let error as CancellationError {
        throw error
      } catch {
        progress.end(job.member.name, error, job.member.configuration.secretFilter)
      }
    }
    guard waits, !submitted.isEmpty else { return progress.close() }
    let watch = JobWatch(queue: queue) { progress.say($0) }
    try await watch.wait(for: Set(submitted.keys), fleet.build.buildVersion) { variant, found in
      guard let job = submitted[variant] else { return }
      if let found, !found.state.isFinal {
        progress.show(job.member.name, "\(found)")
      } else {
        progress.end(job.member.name, try await result(of: job, found), elapsed: found?.elapsed)
      }
    }
    return progress.close()
  }

  private func submission(_ job: FleetJob) throws -> SlurmSubmission {
    let (member, sources) = (job.member, fleet.sources)
    let directory = sources.cacheDirectory.appending("fleet")
    let name = member.fileName
    let inputs = directory.appending("\(name).inputs.json")
    var words = ["--expect-inputs", inputs.string]
    var files = [(inputs, try job.pins.inputs.text)]
    if !job.pins.probes.digests.isEmpty {
      let probes = directory.appending("\(name).probes")
      files.append((probes, job.pins.probes.text))
      words += ["--probes", probes.string]
    }
    return SlurmSubmission(
      variant: member.published,
      purpose: JobPurpose(
        fleet: fleet.name, buildVersion: fleet.build.buildVersion,
        inputs: try job.pins.inputs.digest),
      needs: SlurmSubmission.Needs(processors: 1, memoryInBytes: job.need.memoryInBytes),
      program: try ProgramFiles.startedCommand(), arguments: arguments.words(for: member, words),
      files: files, output: directory.appending("\(name).out"),
      options: try member.configuration.value(Options.fleet.sbatchOptions))
  }

  /// How a build ended. Its destination knows better than the queue, which forgets.
  private func result(of job: FleetJob, _ found: SlurmJob?) async throws -> BuildOutcome.Result {
    let member = job.member
    let version = PublishedVersion(member.published, member.paths.outputVersion)
    if try await job.isPublished() { return .built(version: version.name) }
    for destination in try Destinations(member.configuration, member.paths).all {
      guard let files = destination.sharedFiles,
        let record = try await LastTryRecord.read(member.published, from: files),
        record.version == version.name, !record.succeeded
      else { continue }
      return .failed(
        ExitStatus(rawValue: record.status),
        cause: "\(record.message ?? "it failed") (on \(record.node))")
    }
    guard let found else {
      return .failed(
        .failure,
        cause:
          "its job is not in the queue any more, and nothing was published; give the command again")
    }
    guard case .failed(let status) = found.state else {
      return .failed(.failure, cause: "\(found)")
    }
    return .failed(
      status,
      cause: "\(found); what it printed is on that machine in "
        + "\(fleet.sources.cacheDirectory)/fleet/\(member.fileName).out")
  }
}

extension SlurmRun {
  /// Refuses a variant that other machines cannot build.
  ///
  /// - Throws: `NotForCluster`; `ConfigurationError`; `TreeError`.
  static func check(_ member: Fleet.Member) throws {
    let source = try TreeSource(member.configuration, member.paths)
    if source.mayBeMadeByHooks {
      throw NotForCluster(
        reason: "its tree is composed by hooks on the machine that builds (\(source.urlOption) is "
          + "\(source.remote.url)), so that each machine would have another one; compose it on one "
          + "machine, serve it over http, and set ostree:url")
    }
    guard try !Destinations(member.configuration, member.paths).all.isEmpty else {
      throw NotForCluster(
        reason: "it has no destination, so that its outputs would stay on the machines; set "
          + "publish:destinations")
    }
  }
}

/// A variant cannot be built on a cluster.
struct NotForCluster: ExitStatusError, CustomStringConvertible {
  let reason: String

  var exitStatus: ExitStatus { .dataError }
  var description: String { "it is not built on a cluster (fleet:scheduler = slurm): \(reason)" }
}

/// The display and the outcomes of jobs.
private final class Progress: Sendable {
  private struct State {
    var display: FleetDisplay
    var begins: [String: ContinuousClock.Instant] = [:]
    var outcomes: [BuildOutcome] = []
  }

  private let state: Mutex<State>

  init(_ display: FleetDisplay) {
    state = Mutex(State(display: display))
  }

  func begin(_ name: String, _ text: String) {
    state.withLock {
      $0.begins[name] = .now
      $0.display.begin(name, text)
    }
  }

  func show(_ name: String, _ text: String) {
    state.withLock { $0.display.show(name, stage: text, label: text) }
  }

  func say(_ text: String) { state.withLock { $0.display.say(text) } }

  /// - Parameter known: how long the job ran; nil takes the time since its submission.
  func end(_ name: String, _ result: BuildOutcome.Result, elapsed known: Duration? = nil) {
    state.withLock {
      let elapsed = known ?? $0.begins[name].map { .now - $0 } ?? .zero
      let outcome = BuildOutcome(name: name, result: result, elapsed: elapsed)
      $0.outcomes.append(outcome)
      $0.display.end(outcome)
    }
  }

  func end(_ name: String, _ error: any Error, _ secrets: SecretFilter) {
    end(name, .failed(ExitStatus(of: error), cause: secrets("\(error)")))
  }

  func close() -> [BuildOutcome] {
    state.withLock {
      $0.display.close()
      return $0.outcomes
    }
  }
}
