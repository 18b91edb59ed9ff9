import Synchronization

/// The failure of a program.
struct CommandFailure: Error, Sendable, CustomStringConvertible {
  /// The kind of failure.
  enum Reason: Sendable, Equatable {
    case notStarted(String)
    case exited(Int32)
    case signalled(Int32)

    /// The end of a sentence that begins with the name of the program.
    var sentence: String {
      switch self {
      case .notStarted(let why): "could not be started: \(why)"
      case .exited(let status): "ended with status \(status)"
      case .signalled(let signal): "was ended by signal \(signal)"
      }
    }
  }

  let command: Command
  let reason: Reason
  /// The last lines of output, oldest first.
  let lastLines: [String]

  var description: String {
    let lines = lastLines.map { "\n    \($0)" }.joined()
    return "\(command.shellText)\n  \(reason.sentence)"
      + (lines.isEmpty ? "" : "; its last lines:\(lines)")
  }
}

/// Keeps the last lines of an output that may be long.
final class LineTail: Sendable {
  private let count: Int
  private let kept = Mutex<[String]>([])

  init(_ count: Int = 15) {
    self.count = count
  }

  var lines: [String] { kept.withLock { $0 } }

  func append(_ line: String) {
    kept.withLock { lines in
      lines.append(line)
      if lines.count > count { lines.removeFirst() }
    }
  }
}

/// Keeps all lines of an output that is known to be short.
final class LineCollector: Sendable {
  private let kept = Mutex<[String]>([])

  var text: String { kept.withLock { $0.joined(separator: "\n") } }

  func append(_ line: String) {
    kept.withLock { $0.append(line) }
  }
}
