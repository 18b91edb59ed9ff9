import Configuration
import Glibc
import SystemPackage

/// A process, as described in proc(5).
struct RunningProcess: Sendable, Hashable {
  let id: pid_t
  /// In clock ticks since the system started. IDs are reused; an ID with a start time is unique.
  private let startTime: UInt64
  let parent: pid_t
  /// Whether the process has ended, but its parent has not waited for it yet.
  let hasEnded: Bool

  /// All processes, including zombies.
  static var all: [RunningProcess] {
    Directories.names(in: "/proc").compactMap { pid_t($0) }.compactMap { RunningProcess($0) }
  }

  /// Reads the status of a process. Returns nil if there is no such process.
  init?(_ id: pid_t) {
    guard let text = try? FileAccess.text(of: FilePath("/proc/\(id)/stat")),
      // The name of the program, in parentheses, may contain any character.
      let name = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 19, let parent = pid_t(fields[1]), let startTime = UInt64(fields[19])
    else { return nil }
    self.id = id
    self.startTime = startTime
    self.parent = parent
    // The main thread may end before other threads.
    hasEnded = ["Z", "X"].contains(fields[0]) && ["0", "1"].contains(fields[17])
  }

  static func == (one: RunningProcess, other: RunningProcess) -> Bool {
    one.id == other.id && one.startTime == other.startTime
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(startTime)
  }

  /// The program and its arguments, separated by spaces; empty if the process has ended or is a
  /// kernel thread.
  var commandLine: String {
    let bytes = (try? FileAccess.bytes(of: FilePath("/proc/\(id)/cmdline"))) ?? []
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: " ")
  }
}
