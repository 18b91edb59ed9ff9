import Bindings
import Configuration
import Glibc
import SystemPackage

/// The process of a stage: `image-builder stage NAME`.
package enum StageProcess {
  /// How long cancelled work may take to end. It is shorter than the time that a build has after a
  /// signal.
  private static let patience = Duration.milliseconds(3500)

  /// Runs a stage with the configuration that the running build saved.
  ///
  /// - Returns: 0 on success; the exit status of the error on failure; 128 + N after signal N.
  /// - Throws: `UnknownStage`, `StageError.outsideBuild`, `ConfigurationError`, `LinuxError`,
  ///   before the stage starts.
  package static func run(_ name: String) throws -> ExitStatus {
    guard let stage = Stage(rawValue: name) else { throw UnknownStage(name: name) }
    guard let saved = BuildVariable.savedConfiguration.value else {
      throw StageError.outsideBuild(name)
    }
    umask(0o022)
    try Orphans.adopt()
    let settings = try Configuration.load(saved: FilePath(saved))
    let paths = try BuildPaths(settings)
    let configuration = try settings.markingPrivate(besides: paths.publicConfiguration)
    let context = StageContext(configuration: configuration, paths: paths, stage: stage)
    return run(
      context, try configuration.value(Options.build.stageTimeout),
      configuration.secretFilter)
  }

  private static func run(
    _ context: StageContext, _ limit: Duration?, _ secrets: SecretFilter
  ) -> ExitStatus {
    let descendants = Descendants()
    // Processes of work that was cancelled and did not end.
    defer { _ = descendants?.end(patience: .zero) }
    let clock = ContinuousClock()
    let begin = clock.now
    do {
      try TerminationSignals.run(
        limit: limit, patience: patience,
        orThrow: {
          StageError.timedOut(
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
      return .success
    } catch let interruption as Interruption {
      context.say("ended by signal \(interruption.signal)")
      if context.stage != .error {
        FailureReport.record(
          StageError.interrupted(interruption), in: context.stage, context.configuration,
          context.paths)
      }
      return .signal(interruption.signal)
    } catch {
      context.say("failed after \(formattedSeconds(clock.now - begin))")
      report(error, context)
      return ExitStatus(of: error)
    }
  }

  /// Records the failure, and writes it to the log. The build shows it at its end.
  private static func report(_ error: any Error, _ context: StageContext) {
    guard context.stage != .error else { return context.say("the error stage failed: \(error)") }
    var failure = FailureReport.record(
      error, in: context.stage, context.configuration, context.paths)
    // The last lines of a hook are in the log already.
    if error is HookFailure { failure.lastLines = [] }
    for line in failure.text.split(separator: "\n") { context.sayInLog(String(line)) }
  }
}
