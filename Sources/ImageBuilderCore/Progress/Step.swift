import Configuration

/// A stage of a build, a part of one, or a hook, while it runs and afterwards.
struct Step: Sendable, Equatable, Codable {
  /// How far in the table a step stands to the right.
  enum Level: Int, Sendable, Codable {
    case stage, step, hook
  }

  /// What no other step of the build has.
  let id: String
  let level: Level
  var name: String
  let stage: Stage
  /// Nanoseconds of the monotonic clock, which all processes share.
  let begin: Int64

  /// What people call it, and what its lines in the log begin with: `image`, `image: disk image`,
  /// and for a hook, whose name has its group in front, `image/50-user`.
  var label: String {
    switch level {
    case .stage: stage.rawValue
    case .step: "\(stage.rawValue): \(name)"
    case .hook: name
    }
  }
}

/// How a step ended.
struct StepEnd: Sendable, Equatable, Codable {
  let elapsed: Duration
  let hasSucceeded: Bool
  /// The size of the files that the step says it writes, without their holes; nil when it says none.
  let writtenBytes: UInt64?
}

/// What a stage tells the build about its steps.
enum StepEvent: Sendable, Equatable, Codable {
  case begin(Step)
  /// So many bytes are transferred or written by now.
  case bytes(id: String, UInt64)
  case end(id: String, StepEnd)
}
