import Configuration

/// Runs after a failure: makes the page that reports it, then runs the error hooks.
struct ErrorStage {
  let context: StageContext

  func run() async throws {
    _ = FailureReport(context.configuration, context.paths, status: status)
    try await HookRunner(context).run(.error, stopsAtFailure: false)
  }

  /// The status with which buildscript ends. That of a site may not tell it.
  private var status: ExitStatus {
    BuildVariable.status.value.flatMap { Int32($0) }.map(ExitStatus.init) ?? .failure
  }
}
