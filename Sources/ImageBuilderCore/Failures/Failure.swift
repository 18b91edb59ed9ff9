import Configuration

/// The facts of a failed build.
struct Failure: Sendable, Equatable, Codable {
  /// What is kept of the output of a program: with more, the page of a failure would not be one page.
  static let reportedLines = 20

  /// The stage that failed; nil if a command outside stages failed.
  var stage: Stage?
  /// `GROUP/NAME` of the hook that failed.
  var hook: String?
  /// The program of the core that failed, with its arguments, in shell syntax.
  var command: String?
  /// The exit status of the hook or the program.
  var status: Int32?
  /// The signal that ended the hook or the program.
  var signal: Int32?
  /// What failed, in one or more lines.
  var message: String
  /// The last lines of output, oldest first.
  var lastLines: [String] = []
  /// What is known to be wrong, and what to do.
  var advice: [String] = []
  var cause: Cause?
  /// Whether the build can go on with what it left.
  var canResume = true
  /// The command that goes on with the build.
  var resume: String?

  /// A known cause.
  struct Cause: Sendable, Equatable, Codable {
    let known: KnownCause
    /// The cause, and what to do. Nil if the message or the advice says it.
    let text: String?

    init(_ known: KnownCause, _ text: String?) {
      self.known = known
      self.text = text
    }

    init(_ known: KnownCause) {
      self.init(known, known.text)
    }
  }

  /// A failure that no error describes.
  init(stage: Stage?, _ message: String) {
    self.stage = stage
    self.message = message
  }

  /// The facts that an error knows.
  init(_ error: any Error, in stage: Stage?) {
    self.init(stage: stage, "\(error)")
    (error as? any DetailedError)?.describe(to: &self)
  }

  /// The message, the last lines and the advice.
  var text: String {
    let head = stage.map { "the \($0.rawValue) stage failed: \(message)" } ?? message
    return head + (lastLines.isEmpty ? "" : "; its last lines:")
      + lastLines.map { "\n    \($0)" }.joined() + advice.map { "\n  \($0)" }.joined()
  }

  /// Returns the failure without private values.
  func filtered(by secrets: SecretFilter) -> Failure {
    var filtered = self
    filtered.hook = hook.map { secrets($0) }
    filtered.command = command.map { secrets($0) }
    filtered.message = secrets(message)
    filtered.lastLines = lastLines.map { secrets($0) }
    filtered.advice = advice.map { secrets($0) }
    filtered.resume = resume.map { secrets($0) }
    filtered.cause = cause.map { Cause($0.known, $0.text.map { secrets($0) }) }
    return filtered
  }

  /// Sets how a program ended.
  mutating func set(_ reason: CommandFailure.Reason) {
    switch reason {
    case .notStarted: break
    case .exited(let status): self.status = status
    case .signalled(let signal): self.signal = signal
    }
  }

  /// Looks for a known cause, unless the error knows one.
  ///
  /// - Parameter killedForMemory: the number of programs that the kernel ended for lack of memory
  ///   since the build began; nil if it is unknown.
  mutating func findCause(killedForMemory: Int?) {
    guard cause == nil else { return }
    let wasKilled = signal == 9 || status == 128 + 9 || lastLines.contains(where: Self.tellsOfKill)
    if wasKilled {
      cause = killedForMemory.map { Cause($0 > 0 ? .killedForMemory : .killed) }
    } else {
      cause = KnownCause.find(in: message.split(separator: "\n").map(String.init) + lastLines)
        .map { Cause($0) }
    }
  }

  /// Whether a line is the message of bash or Python about a program that SIGKILL ended.
  private static func tellsOfKill(_ line: String) -> Bool {
    line.contains("Signals.SIGKILL: 9") || line.firstMatch(of: #/: line \d+: +\d+ Killed /#) != nil
  }
}

/// An error that knows more about a failure than its description says.
protocol DetailedError: Error {
  /// Adds to the facts of the failure that this error caused. The message is the description of the
  /// error before.
  func describe(to failure: inout Failure)
}

extension CommandFailure: DetailedError {
  func describe(to failure: inout Failure) {
    failure.command = command.shellText
    failure.message = "\(command.shellText)\n  \(reason.sentence)"
    failure.lastLines = lastLines
    failure.set(reason)
  }
}
