import Glibc

/// Which of several things gets a processor when there are too few.
enum ProcessorShare {
  /// Runs `body` behind what runs meanwhile and has only one thread: what uses all processors is
  /// done no later for it. Threads that `body` starts are behind, too (sched(7): the nice value is
  /// one of a thread on Linux, and inherited).
  static func yielding<Result>(_ body: () throws -> Result) rethrows -> Result {
    let process = __priority_which_t(PRIO_PROCESS.rawValue)
    let own = getpriority(process, 0)
    setpriority(process, 0, own + 10)
    defer { setpriority(process, 0, own) }
    return try body()
  }
}
