import Configuration

/// The configuration and the paths that every stage uses.
struct StageContext: Sendable {
  let configuration: Configuration
  let paths: BuildPaths
  let stage: Stage

  /// Reports the steps of the stage to the build, and records them. The error stage reports what was
  /// recorded, so its own steps are not.
  var times: StepTimes {
    StepTimes(stage) { [stage, file = paths.recordedSteps] event in
      StepChannel.report(event)
      if stage != .error { RecordedSteps.append(event, to: file) }
    }
  }

  /// Writes a line to the log of the stage.
  func say(_ line: String) {
    StageLog.line(stage.rawValue, line)
  }

  /// Writes a line that only build.txt and `--debug` show.
  func sayInLog(_ line: String) {
    StageLog.line(stage.rawValue, line, isDetail: true)
  }
}
