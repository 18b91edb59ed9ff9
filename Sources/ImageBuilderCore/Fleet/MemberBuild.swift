import Configuration
import Synchronization
import SystemPackage

/// The build of one variant: a process of this program.
struct MemberBuild: Sendable {
  /// The time that a build has to end its processes and to remove its mounts.
  private static let grace = Duration.seconds(60)

  let member: Fleet.Member
  let arguments: [String]

  /// Runs the build to its end. If the task is cancelled, the build is ended by SIGTERM.
  ///
  /// - Parameter report: is called on another thread with each event.
  /// - Throws: `CancellationError`; `LinuxError`.
  func run(report: @escaping @Sendable (BuildEvent) -> Void) async throws -> BuildOutcome {
    var command = Command(
      try ProgramFiles.running().string, arguments, environment: currentEnvironment())
    command.grace = Self.grace
    let cause = Mutex<String?>(nil)
    let events = try LineReader(withoutSplitting: SecretFilter([])) { line in
      guard let event = BuildEvent(line: line) else { return }
      if case .result(let text) = event { cause.withLock { $0 = text } }
      report(event)
    }
    let clock = ContinuousClock()
    let begin = clock.now
    var result = BuildOutcome.Result.built(version: member.paths.outputVersion)
    do {
      try await command.run(standardOutput: events.writeEnd, whenEnded: events.finish)
    } catch let failure as CommandFailure {
      let text = cause.withLock { $0 } ?? Self.cause(failure)
      result = .failed(Self.status(failure.reason), cause: member.configuration.secretFilter(text))
    }
    return BuildOutcome(name: member.name, result: result, elapsed: clock.now - begin)
  }

  private static func status(_ reason: CommandFailure.Reason) -> ExitStatus {
    switch reason {
    case .notStarted: .failure
    case .exited(let status): ExitStatus(rawValue: status)
    case .signalled(let signal): .signal(signal)
    }
  }

  /// What a build prints when it is refused before its first stage.
  private static func cause(_ failure: CommandFailure) -> String {
    let mark = "image-builder: error: "
    let errors = failure.lastLines.filter { $0.hasPrefix(mark) }.map { $0.dropFirst(mark.count) }
    guard errors.isEmpty else { return errors.joined(separator: "\n") }
    return (failure.lastLines.suffix(3) + [failure.reason.sentence]).joined(separator: "\n")
  }
}

/// How the work on a variant ended.
struct BuildOutcome: Sendable, Equatable {
  enum Result: Sendable, Equatable {
    case built(version: String)
    /// A job of a cluster builds it.
    case submitted(job: UInt64)
    /// The newest version was copied to these places.
    case published([String])
    case failed(ExitStatus, cause: String)
  }

  let name: String
  var result: Result
  let elapsed: Duration
}
