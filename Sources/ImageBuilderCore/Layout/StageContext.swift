import Configuration

/// What every stage works with.
struct StageContext: Sendable {
  let configuration: Configuration
  let paths: BuildPaths
  let stage: Stage

  /// Where the stage reports which steps it takes.
  var times: StepTimes { StepTimes(stage) }

  /// Writes one line of the stage's own.
  func say(_ line: String) {
    StageLog.line(stage.rawValue, line)
  }
}
