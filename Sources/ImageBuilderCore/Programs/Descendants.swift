import Bindings
import Glibc

/// The descendants of this process that were started after a certain time. They include processes
/// that have left their process group or session, and orphans.
struct Descendants: Sendable {
  /// The time between SIGTERM and SIGKILL.
  private static let grace = Duration.milliseconds(500)
  /// The time after which remaining processes are left alone. SIGKILL does not end a process that
  /// waits for a failed disk.
  private static let limit = Duration.seconds(5)

  private let earlier: Set<RunningProcess>

  /// Makes the set of the descendants that are started from now on.
  ///
  /// Nil if this process does not adopt orphans, because then some descendants cannot be found.
  init?() {
    guard Orphans.areAdopted else { return nil }
    earlier = Set(RunningProcess.all)
  }

  /// The running descendants. Ended children of this process are reaped.
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

  /// The command lines of the running descendants without children. The other ones wait for these.
  var busyCommands: [String] {
    let processes = found.filter { !$0.hasEnded }
    let parents = Set(processes.map(\.parent))
    return processes.filter { !parents.contains($0.id) }.map(\.commandLine).filter { !$0.isEmpty }
  }

  /// Ends the descendants that are still running. This process must not need any of them.
  ///
  /// - Parameter patience: how long to wait for processes that end by themselves.
  /// - Returns: the command lines of the processes that did not end by themselves, or their IDs if
  ///   they have none.
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
          let command = process.commandLine
          if isNew { commands.append(command.isEmpty ? "process \(process.id)" : command) }
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
