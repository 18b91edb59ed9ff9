import Configuration

/// A stage of a build, a part of a stage, or a hook.
struct Step: Sendable, Equatable, Codable {
  /// The level of a step. It determines the indentation in the table.
  enum Level: Int, Sendable, Codable {
    case stage, step, hook
  }

  /// An identifier that is unique in the build.
  let id: String
  let level: Level
  var name: String
  let stage: Stage
  /// Nanoseconds of the monotonic clock, which is the same in all processes.
  let begin: Int64
  /// The number of bytes that the step transfers, if it is known in advance.
  var totalBytes: UInt64?

  /// The name for display: `image`, `image: disk image`, or, for a hook, whose name includes its
  /// group, `image/50-user`.
  var label: String {
    switch level {
    case .stage: stage.rawValue
    case .step: "\(stage.rawValue): \(name)"
    case .hook: name
    }
  }
}

/// The end of a step.
struct StepEnd: Sendable, Equatable, Codable {
  let elapsed: Duration
  let hasSucceeded: Bool
  /// The size of the files that the step writes, without holes; nil if the step names no files.
  let writtenBytes: UInt64?
}

/// An event that a stage reports to the build.
enum StepEvent: Sendable, Equatable, Codable {
  case begin(Step)
  /// The number of bytes that have been transferred or written so far.
  case bytes(id: String, UInt64)
  case end(id: String, StepEnd)
}
