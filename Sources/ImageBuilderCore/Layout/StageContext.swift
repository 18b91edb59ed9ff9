import Configuration

/// The configuration and the paths that every stage uses.
struct StageContext: Sendable {
  let configuration: Configuration
  let paths: BuildPaths
  let stage: Stage

  /// Reports the steps of the stage to the build.
  var times: StepTimes { StepTimes(stage) }

  /// Writes a line to the log of the stage.
  func say(_ line: String) {
    StageLog.line(stage.rawValue, line)
  }
}
