import Bindings
import Glibc
import SystemPackage

/// A stage as a process of its own: what `image-builder stage NAME` runs.
public enum StageProcess {
  /// How long work that was cancelled has to end: less than a build has after a signal.
  private static let patience = Duration.milliseconds(3500)

  /// Runs a stage with the configuration that the running build saved.
  ///
  /// - Returns: the exit status: 0, 2 after a failure, 128 + N after signal N.
  public static func run(_ name: String) throws -> Int32 {
    guard let stage = Stage(rawValue: name) else { throw BuildError.unknownStage(name) }
    guard let saved = currentEnvironment()["EIB_TMPFULLCONFIG"] else {
      throw BuildError.stageOutsideBuild(name)
    }
    umask(0o022)
    try Orphans.adopt()
    let settings = try Configuration.load(saved: FilePath(saved))
    let paths = try BuildPaths(settings)
    let configuration = try settings.markingPrivate(besides: paths.publicConfiguration)
    let context = StageContext(configuration: configuration, paths: paths, stage: stage)
    return run(
      context, try configuration.timeLimit("build", "stage_timeout"),
      SecretFilter(try configuration.privateValues))
  }

  private static func run(
    _ context: StageContext, _ limit: Duration?, _ secrets: SecretFilter
  ) -> Int32 {
    let descendants = Descendants()
    // Of work that did not end when it was told to.
    defer { _ = descendants?.end(patience: .zero) }
    let clock = ContinuousClock()
    let begin = clock.now
    do {
      try TerminationSignals.run(
        limit: limit, patience: patience,
        orThrow: {
          BuildError.stageOutOfTime(
            limit: limit ?? .zero,
            during: LoggedCommand.sentence(descendants?.busyCommands ?? [], secrets))
        }
      ) {
        try await StageRecord.remove(from: context.stage, context.paths)
        try await context.times.measure(context.stage.rawValue, level: .stage) {
          try await context.stage.run(context)
        }
        if context.stage != .error { try StageRecord.write(context) }
      }
      if context.stage != .error {
        context.say("finished in \(formattedSeconds(clock.now - begin))")
      }
      return 0
    } catch let interruption as Interruption {
      context.say("ended by signal \(interruption.signal)")
      return 128 + interruption.signal
    } catch {
      report(error, context)
      return 2
    }
  }

  /// Tells the failure, and leaves it for the build to repeat as its last words.
  private static func report(_ error: any Error, _ context: StageContext) {
    let hint = FullFilesystem.hint(error, context.paths)
    let text = "the \(context.stage.rawValue) stage failed: \(error)\(hint)"
    for line in text.split(separator: "\n") { context.say(String(line)) }
    guard context.stage != .error else { return }
    FailureReport.write(text, context.paths)
  }
}
