import Configuration
import FoundationEssentials

/// What `squeue --json` prints, as far as it is read: our jobs, and the problems of squeue, which ends
/// with 0 and an empty list if the controller does not answer.
///
/// Slurm 22.05 prints the state as a text, the exit code as a wait status and times as numbers. Since
/// 23.11, a state is a list of texts, an exit code an object with `return_code` and `signal`, and a
/// number an object with `set` and `number`. Both are read.
struct SlurmListing: Decodable {
  /// With 4 KiB for each job, the limit of 60,000 jobs of all users. In 22.05, squeue ignores filters
  /// when it prints JSON.
  static let largestInBytes = 256 << 20

  let jobs: [SlurmJob]
  /// What squeue says has failed.
  let problems: [String]

  /// - Throws: `DecodingError` if the text is not what squeue prints.
  init(parsing text: String) throws {
    self = try JSONValue.decode(Self.self, parsing: text)
  }

  private enum Key: String, CodingKey { case jobs, errors }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    jobs = try values.decode([Entry].self, forKey: .jobs).compactMap(\.job)
    let errors = try values.decodeIfPresent([JSONValue].self, forKey: .errors) ?? []
    problems = errors.map { error in
      let texts = ["source", "description", "error"].compactMap { error[$0]?.string }
      return texts.isEmpty ? "squeue reports an error" : texts.joined(separator: ": ")
    }
  }
}

/// A job in the list; nil if it does not build a variant.
private struct Entry: Decodable {
  let job: SlurmJob?

  private enum Key: String, CodingKey, CaseIterable {
    case id = "job_id"
    case name
    case state = "job_state"
    case reason = "state_reason"
    case exitCode = "exit_code"
    case node = "nodes"
    case user = "user_name"
    case comment
    case submitted = "submit_time"
    case started = "start_time"
    case ended = "end_time"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    guard let name = try? values.decode(String.self, forKey: .name),
      let variant = SlurmJob.variant(ofName: name)
    else {
      job = nil
      return
    }
    func value(_ key: Key) throws -> JSONValue {
      try values.decodeIfPresent(JSONValue.self, forKey: key) ?? .null
    }
    func required<Value>(_ key: Key, _ value: Value?) throws -> Value {
      if let value { return value }
      throw DecodingError.dataCorruptedError(
        forKey: key, in: values,
        debugDescription: "\(key.rawValue) of \(visible(name)) is not known")
    }
    func time(_ key: Key) throws -> UInt64? {
      try value(key).scalar?.count.flatMap { $0 == 0 ? nil : $0 }
    }
    let texts = try value(.state).texts
    let reason = try value(.reason).string ?? ""
    let state = SlurmJob.State(
      try required(.state, texts.isEmpty ? nil : texts), reason: reason,
      status: try required(.exitCode, try value(.exitCode).exitStatus))
    job = SlurmJob(
      id: try required(.id, try value(.id).scalar?.count), variant: variant, state: state,
      reason: reason, node: try value(.node).string ?? "", user: try value(.user).string ?? "",
      purpose: JobPurpose(comment: try value(.comment).string ?? ""),
      submitted: try time(.submitted), started: state.hasStarted ? try time(.started) : nil,
      ended: state.isFinal && state.hasStarted ? try time(.ended) : nil)
  }
}

extension JSONValue {
  /// The texts of a list, or the only one.
  fileprivate var texts: [String] { (string.map { [.string($0)] } ?? members).compactMap(\.string) }

  /// A number, also one of an object with `set` and `number`; nil if it is not set.
  fileprivate var scalar: JSONValue? {
    switch self {
    case .integer: self
    case .object: self["set"] == .boolean(false) ? nil : self["number"]
    default: nil
    }
  }

  /// The status of an exit code; nil if this is none.
  fileprivate var exitStatus: ExitStatus? {
    if let waitStatus = count {
      let signal = waitStatus & 0x7f
      return signal == 0
        ? ExitStatus(rawValue: Int32(waitStatus >> 8 & 0xff)) : .signal(Int32(signal))
    }
    guard case .object = self else { return nil }
    let signal = (self["signal"]?["id"] ?? self["signal"]?["signal_id"])?.scalar?.count ?? 0
    if signal > 0 { return .signal(Int32(clamping: signal)) }
    return ExitStatus(rawValue: Int32(clamping: self["return_code"]?.scalar?.count ?? 0))
  }
}

extension SlurmJob.State {
  /// The reasons of jobs that wait although no machine could ever take them, or for a person.
  private static let finalReasons: Set<String> = [
    "AccountNotAllowed", "BadConstraints", "DependencyNeverSatisfied", "InvalidAccount",
    "InvalidQOS",
    "JobHeldAdmin", "JobHeldUser", "MaxMemPerLimit", "PartitionConfig", "PartitionNodeLimit",
    "PartitionTimeLimit", "QOSNotAllowed",
  ]

  /// - Parameter texts: the base state and its flags. A job that has a final state and a flag such as
  ///   `COMPLETING` still has processes.
  fileprivate init(_ texts: [String], reason: String, status: ExitStatus) {
    let states = texts.map { Self.state($0, reason, status) }
    self = states.first { $0 == .running } ?? states.first { !$0.isFinal } ?? states[0]
  }

  private static func state(_ text: String, _ reason: String, _ status: ExitStatus) -> Self {
    switch text {
    case "PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT":
      finalReasons.contains(reason) ? .impossible(reason) : .pending(reason)
    case "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT",
      "RESIZING", "POWER_UP_NODE":
      .running
    case "COMPLETED": .completed
    case "FAILED": .failed(status == .success ? .failure : status)
    case "CANCELLED", "PREEMPTED", "REVOKED": .cancelled
    case "NODE_FAIL", "BOOT_FAIL", "LAUNCH_FAILED", "RECONFIG_FAIL": .nodeFail
    case "TIMEOUT", "DEADLINE": .timeout
    case "OUT_OF_MEMORY": .outOfMemory
    default: .unknown(text)
    }
  }

  /// Whether Slurm's times are those of the past, and not its plans.
  fileprivate var hasStarted: Bool {
    switch self {
    case .pending, .impossible, .unknown: false
    default: true
    }
  }
}
