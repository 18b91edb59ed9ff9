import Configuration
import Glibc
import SystemPackage

/// The report of a failed build: its facts, and the page `TMPDIR/failure.txt`.
///
/// The stage that fails records the facts. The error stage makes the page from them, before its
/// hooks run. If it does not run, the build makes the page. All files are allocated when the build
/// begins, because a full disk is a common cause.
struct FailureReport {
  private static let sizeInBytes = 64 << 10

  let failure: Failure
  /// With a newline at the end.
  let page: String

  /// Allocates the files of a build that begins, and removes the page of an earlier build.
  ///
  /// - Throws: `LinuxError`; `MissingProgramFiles`.
  static func reserve(_ paths: BuildPaths, for stages: [Stage]) throws {
    unlink(paths.failure.string)
    try Directories.create(paths.stageRecords, mode: 0o700)
    try BuildStart.write(stages, to: paths.buildStart)
    try ReservedFile(paths.failureFacts).reserve(
      sizeInBytes: sizeInBytes, permissions: .ownerReadWrite)
    try ReservedFile(paths.reservedFailure).reserve(
      sizeInBytes: sizeInBytes, permissions: .worldReadable)
    try ReservedFile(paths.recordedSteps).reserve(
      sizeInBytes: RecordedSteps.sizeInBytes, permissions: .ownerReadWrite)
  }

  /// Removes the files after a build that did not fail.
  static func remove(_ paths: BuildPaths) {
    for file in [
      paths.buildStart, paths.failureFacts, paths.reservedFailure, paths.recordedSteps,
    ] { unlink(file.string) }
  }

  /// Records why a stage failed.
  ///
  /// - Returns: the facts, with the cause if it is known, and without private values.
  @discardableResult
  static func record(
    _ error: any Error, in stage: Stage, _ configuration: Configuration, _ paths: BuildPaths
  ) -> Failure {
    let failure = explained(Failure(error, in: stage), configuration, paths)
    store(failure, paths)
    return failure
  }

  /// Makes the page, if no other process of the build has made it.
  ///
  /// - Parameters:
  ///   - status: the status with which buildscript ends.
  ///   - error: the error of the build itself, if buildscript did not run.
  init(
    _ configuration: Configuration, _ paths: BuildPaths, status: ExitStatus,
    error: (any Error)? = nil
  ) {
    let recorded = ReservedFile(paths.failureFacts).text
    let known = try? JSONValue(parsing: recorded).decoded(as: Failure.self)
    if let known, Directories.exists(paths.failure),
      let page = try? FileAccess.text(of: paths.failure)
    {
      (failure, self.page) = (known, page)
      return
    }
    let steps = RecordedSteps.steps(in: paths.recordedSteps)
    var failure =
      known
      ?? Self.explained(
        Self.failureOfStage(steps, status) ?? error.map { Failure($0, in: nil) }
          ?? Self.failureOfScript(paths, status), configuration, paths)
    let secrets = configuration.secretFilter
    if failure.canResume {
      failure.resume = BuildStart(in: paths.buildStart)?.resume(paths).map { secrets($0) }
    }
    Self.store(failure, paths)
    let page = FailurePage(failure: failure, steps: steps, paths: paths).text
    (self.failure, self.page) = (failure, secrets(page))
    if ReservedFile(paths.reservedFailure).replace(with: self.page) {
      try? FileAccess.rename(paths.reservedFailure, to: paths.failure)
    }
  }

  /// The failure of a stage whose process ended before it could report anything.
  private static func failureOfStage(_ steps: BuildSteps, _ status: ExitStatus) -> Failure? {
    guard let stage = steps.running.map(\.step).first(where: { $0.level == .stage })?.stage else {
      return nil
    }
    let signal = status.rawValue - ExitStatus.signal(0).rawValue
    guard signal > 0 else { return Failure(stage: stage, "it ended without a report") }
    var failure = Failure(stage: stage, "it was ended by signal \(signal)")
    failure.signal = signal
    return failure
  }

  /// The failure of a command of buildscript that is not a stage.
  private static func failureOfScript(_ paths: BuildPaths, _ status: ExitStatus) -> Failure {
    let log = (try? FileAccess.text(of: paths.log)) ?? ""
    let lines = log.split(separator: "\n").suffix(15).map {
      String($0.dropFirst("00:00:00 ".count))
    }
    let failure = CommandFailure(
      command: Command("/bin/bash", [paths.buildScript.string]), reason: .exited(status.rawValue),
      lastLines: lines)
    return Failure(failure, in: nil)
  }

  private static func explained(
    _ failure: Failure, _ configuration: Configuration, _ paths: BuildPaths
  ) -> Failure {
    var failure = failure
    if failure.cause.map({ $0 == Failure.Cause(.noSpace, nil) }) ?? true,
      let text = FullFilesystem.explanation(
        of: [failure.message] + failure.lastLines, configuration, paths)
    {
      failure.cause = Failure.Cause(.noSpace, text)
    }
    let before = BuildStart(in: paths.buildStart)?.killedForMemory
    failure.findCause(
      killedForMemory: MemoryShortage.endedProcesses().flatMap { now in before.map { now - $0 } })
    return failure.filtered(by: configuration.secretFilter)
  }

  private static func store(_ failure: Failure, _ paths: BuildPaths) {
    let file = ReservedFile(paths.failureFacts)
    func write(_ failure: Failure) -> Bool {
      guard let value = try? JSONValue(encoding: failure) else { return false }
      return (try? value.line()).map { file.replace(with: $0) } ?? false
    }
    if write(failure) { return }
    // The lines are what may not fit.
    var short = failure
    short.lastLines = []
    _ = write(short)
  }
}
