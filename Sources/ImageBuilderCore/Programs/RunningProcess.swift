import Configuration
import Glibc
import SystemPackage

/// A process, as proc(5) tells of it.
struct RunningProcess: Sendable, Hashable {
  let id: pid_t
  /// In clock ticks since the system started: with it, an ID is never that of another process.
  private let startTime: UInt64
  let parent: pid_t
  /// Whether it has ended, and its parent has not yet asked how.
  let hasEnded: Bool

  /// Every process that is running.
  static var all: [RunningProcess] {
    Directories.names(in: "/proc").compactMap { pid_t($0) }.compactMap { RunningProcess($0) }
  }

  /// Nil when there is no such process.
  init?(_ id: pid_t) {
    guard let text = try? FileAccess.text(of: FilePath("/proc/\(id)/stat")),
      // The program's name, in parentheses, may hold anything.
      let name = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 19, let parent = pid_t(fields[1]), let startTime = UInt64(fields[19])
    else { return nil }
    self.id = id
    self.startTime = startTime
    self.parent = parent
    // Its first thread may have ended before others.
    hasEnded = ["Z", "X"].contains(fields[0]) && ["0", "1"].contains(fields[17])
  }

  static func == (one: RunningProcess, other: RunningProcess) -> Bool {
    one.id == other.id && one.startTime == other.startTime
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(startTime)
  }

  /// Its program and arguments separated by spaces; empty when it has ended.
  var commandLine: String {
    let bytes = (try? FileAccess.bytes(of: FilePath("/proc/\(id)/cmdline"))) ?? []
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: " ")
  }
}
