/// Processes that the kernel ended because memory was short.
enum MemoryShortage {
  /// The number of such processes on this host since it started, in all control groups. Nil if the
  /// kernel does not count them (`oom_kill` in /proc/vmstat, since Linux 4.13).
  static func endedProcesses() -> Int? {
    let lines = (try? FileAccess.text(of: "/proc/vmstat"))?.split(separator: "\n") ?? []
    return lines.first { $0.hasPrefix("oom_kill ") }
      .flatMap { Int($0.dropFirst("oom_kill ".count)) }
  }
}
