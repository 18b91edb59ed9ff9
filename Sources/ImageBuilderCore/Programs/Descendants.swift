import Bindings
import Glibc

/// The processes below this one that have been started since a certain time, those among them that
/// left their process group, session or parent included.
struct Descendants: Sendable {
  /// How long one has to end after SIGTERM.
  private static let grace = Duration.milliseconds(500)
  /// After which time one that does not end by SIGKILL (a dead disk holds it) is left alone.
  private static let limit = Duration.seconds(5)

  private let earlier: Set<RunningProcess>

  /// Those that are started from now on.
  ///
  /// Nil when this process does not adopt orphans, so that it cannot know them all.
  init?() {
    guard Orphans.areAdopted else { return nil }
    earlier = Set(RunningProcess.all)
  }

  /// Those that are running, the ones that have ended without a parent to ask how removed.
  private var running: [RunningProcess] {
    let all = found
    for process in all where process.hasEnded && process.parent == getpid() {
      waitpid(process.id, nil, WNOHANG)
    }
    return all.filter { !$0.hasEnded }
  }

  private var found: [RunningProcess] {
    var children = Dictionary(grouping: RunningProcess.all.filter { !earlier.contains($0) }) {
      $0.parent
    }
    var found = children.removeValue(forKey: getpid()) ?? []
    var next = 0
    while next < found.count {
      found += children.removeValue(forKey: found[next].id) ?? []
      next += 1
    }
    return found
  }

  /// The command lines of those that wait for no child of theirs: what the others wait for.
  var busyCommands: [String] {
    let processes = found.filter { !$0.hasEnded }
    let parents = Set(processes.map(\.parent))
    return processes.filter { !parents.contains($0.id) }.map(\.commandLine).filter { !$0.isEmpty }
  }

  /// Ends those that are still running; nothing that this process still needs may be among them.
  ///
  /// - Parameter patience: how long those have that are about to end anyway.
  /// - Returns: the command lines of those that did not end by themselves.
  func end(patience: Duration) -> [String] {
    let clock = ContinuousClock()
    let begin = clock.now
    var ended: Set<RunningProcess> = []
    var commands: [String] = []
    while case let left = running, !left.isEmpty {
      let elapsed = clock.now - begin
      if elapsed >= Self.limit { break }
      if elapsed >= patience {
        for process in left {
          let isNew = ended.insert(process).inserted
          if isNew { commands.append(process.commandLine) }
          if elapsed >= patience + Self.grace {
            kill(process.id, SIGKILL)
          } else if isNew {
            kill(process.id, SIGTERM)
          }
        }
      }
      usleep(10_000)
    }
    return commands
  }
}
