import Configuration
import Glibc

/// Runs after a failure: makes the page that reports it, sends it to the destinations, then runs the
/// error hooks.
struct ErrorStage {
  private static let longestReport: Duration = .seconds(30)
  /// A build that was ended by a signal has little time.
  private static let longestReportAfterSignal: Duration = .seconds(2)

  let context: StageContext

  func run() async throws {
    let report = FailureReport(context.configuration, context.paths, status: status)
    if Stage.running.contains(.publish) { await send(report) }
    try await HookRunner(context).run(.error, stopsAtFailure: false)
  }

  private func send(_ report: FailureReport) async {
    let hasTime = status.rawValue < ExitStatus.signal(0).rawValue
    do {
      try await withTimeLimit(
        hasTime ? Self.longestReport : Self.longestReportAfterSignal,
        orThrow: { NoTimeForReport() }
      ) { [statusOfBuild] in try await report.send(context, statusOfBuild) }
    } catch {
      context.say("warning: the failure is not reported to the destinations: \(error)")
    }
  }

  /// The status with which buildscript ends. That of a site may not tell it.
  private var status: ExitStatus {
    BuildVariable.status.value.flatMap { Int32($0) }.map(ExitStatus.init) ?? .failure
  }

  /// The status with which the build will end: those of missing requirements and of signals to the
  /// build are passed on.
  private var statusOfBuild: ExitStatus {
    let passedOn = [.unavailable] + [SIGHUP, SIGINT, SIGTERM].map(ExitStatus.signal)
    return passedOn.contains(status) ? status : .failure
  }
}

/// The destinations did not answer in time.
struct NoTimeForReport: Error, CustomStringConvertible {
  var description: String { "they take too long" }
}

extension FailureReport {
  /// Records the failure at each destination.
  ///
  /// - Throws: `ConfigurationError`; `PublishingError`.
  fileprivate func send(_ context: StageContext, _ status: ExitStatus) async throws {
    let (configuration, paths) = (context.configuration, context.paths)
    let problems = try await LastTry(
      PublishedVersion(configuration, paths), paths, status,
      seconds: BuildStart(in: paths.buildStart)?.seconds, failure
    ).write(
      to: Destinations(configuration, paths).all, page: page, log: paths.log,
      keeping: configuration.value(Options.publish.keptFailures))
    for problem in problems { context.say("warning: \(problem)") }
  }
}
