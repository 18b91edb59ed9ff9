import Configuration

/// A job in Slurm's queue that builds a variant.
///
/// Slurm forgets a job some time after its end (MinJobAge, five minutes by default), and may lose one
/// that was submitted just before its controller crashed. A job that is not in the queue says nothing
/// about the build; the destination's `LastTry` does.
struct SlurmJob: Sendable, Equatable {
  private static let prefix = "image-builder:"

  /// The state of a job. The names are Slurm's.
  enum State: Sendable, Equatable {
    /// It has not started, for a reason that goes away, such as `Resources`.
    case pending(String)
    /// It will not start before a person changes something. The reason is Slurm's word.
    case impossible(String)
    case running
    case completed
    case failed(ExitStatus)
    /// It was cancelled, by scancel or by the controller.
    case cancelled
    /// Its machine is down or could not start it. The build may run on if only the network is.
    case nodeFail
    case timeout
    case outOfMemory
    /// A state that this program does not know.
    case unknown(String)

    /// Whether nothing is to be waited for: the job has ended, or cannot start.
    var isFinal: Bool {
      switch self {
      case .pending, .running, .unknown: false
      case .impossible, .completed, .failed, .cancelled, .nodeFail, .timeout, .outOfMemory: true
      }
    }
  }

  let id: UInt64
  let variant: PublishedVariant
  let state: State
  /// Slurm's word for why the job is in its state, such as `NonZeroExitCode`.
  let reason: String
  /// The machine; empty before the start.
  let node: String
  let user: String
  /// Nil for a job that was not submitted by a fleet.
  let purpose: JobPurpose?
  /// Seconds since 1970.
  let submitted: UInt64?
  /// Nil before the start.
  let started: UInt64?
  /// Nil before the end.
  let ended: UInt64?

  /// How long it ran; nil if it has not ended.
  var elapsed: Duration? {
    guard let started, let ended, ended >= started else { return nil }
    return .seconds(ended - started)
  }

  /// The name of the job that builds a variant.
  static func name(of variant: PublishedVariant) -> String { "\(prefix)\(variant)" }

  /// Returns nil if no job that builds a variant has this name.
  static func variant(ofName name: String) -> PublishedVariant? {
    guard name.hasPrefix(prefix) else { return nil }
    return PublishedVariant(path: String(name.dropFirst(prefix.count)))
  }

  /// Returns the job that matters for a variant; nil if there is none: one that runs, else one that
  /// will, else the last one.
  ///
  /// - Parameter buildVersion: jobs with another build version do not matter when they have ended.
  static func current(
    _ jobs: [SlurmJob], of variant: PublishedVariant, _ buildVersion: String
  ) -> SlurmJob? {
    func rank(_ job: SlurmJob) -> (Int, UInt64) {
      switch job.state {
      case .running: (2, job.id)
      case .pending, .unknown: (1, job.id)
      default: (0, job.id)
      }
    }
    return jobs.filter {
      $0.variant == variant && (!$0.state.isFinal || $0.purpose?.buildVersion == buildVersion)
    }.max { rank($0) < rank($1) }
  }
}

extension SlurmJob: CustomStringConvertible {
  /// A sentence about the job.
  var description: String {
    let place = node.isEmpty ? "" : " on \(visible(node))"
    return "job \(id)\(place) \(end)"
  }

  private var end: String {
    let why = ["", "None"].contains(reason) ? "" : " (\(visible(reason)))"
    return switch state {
    case .pending: "waits\(why)"
    case .impossible(let reason): "never starts: \(Self.advice(reason, id))"
    case .running: "runs"
    case .completed: "succeeded"
    case .failed(let status) where status.rawValue > ExitStatus.signal(0).rawValue:
      "was ended by signal \(status.rawValue - ExitStatus.signal(0).rawValue)"
    case .failed(let status): "ended with status \(status.rawValue)"
    case .cancelled: "was cancelled\(why)"
    case .nodeFail: "was lost with its machine\(why); the build may have gone on there"
    case .timeout: "was ended at its time limit; raise it: fleet:sbatch_options_add = --time=..."
    case .outOfMemory:
      "was ended for lack of memory; ask for more: fleet:sbatch_options_add = --mem=..."
    case .unknown(let text): "is in a state that is not known here: \(visible(text))"
    }
  }

  private static func advice(_ reason: String, _ id: UInt64) -> String {
    let advice =
      switch reason {
      case "JobHeldUser", "JobHeldAdmin": "it is held; scontrol release \(id)"
      case "InvalidAccount", "InvalidQOS", "AccountNotAllowed", "QOSNotAllowed":
        "the account is not allowed this; change fleet:sbatch_options"
      default:
        "no machine of the partition has what it asks for; change fleet:sbatch_options or the "
          + "partition (scontrol show job \(id); sinfo -N -l)"
      }
    return "\(visible(reason)): \(advice); it stays in the queue: scancel \(id)"
  }
}

/// What a fleet's job was submitted for. The comment of the job is `FLEET BUILD_VERSION INPUTS`.
struct JobPurpose: Sendable, Equatable {
  let fleet: String
  let buildVersion: String
  /// The digest of the inputs.
  let inputs: String

  init(fleet: String, buildVersion: String, inputs: String) {
    self.fleet = fleet
    self.buildVersion = buildVersion
    self.inputs = inputs
  }

  /// Returns nil if the comment is another one.
  init?(comment: String) {
    let words = comment.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 3, !words.contains("") else { return nil }
    self.init(fleet: words[0], buildVersion: words[1], inputs: words[2])
  }

  var comment: String { "\(fleet) \(buildVersion) \(inputs)" }
}
