import Configuration

/// A table of steps in the order in which they began, with the seconds that each took and a note.
struct StepTable {
  /// Hooks that take less time are omitted.
  private static let shortestHook: Duration = .milliseconds(100)

  private let rows: [(name: String, seconds: String, note: String)]

  /// The table at the end of a build, with the megabytes that each step wrote.
  init(_ steps: BuildSteps, total: Duration) {
    let shownSteps = steps.ended
      .filter { $0.step.level != .hook || $0.end.elapsed >= Self.shortestHook }
      .sorted { ($0.step.begin, $0.step.level.rawValue) < ($1.step.begin, $1.step.level.rawValue) }
    rows =
      shownSteps.map { step, end in
        (
          String(repeating: "  ", count: step.level.rawValue) + step.name,
          formattedSeconds(end.elapsed), Self.text(end.writtenBytes)
        )
      } + [
        ("total", formattedSeconds(total), "")
      ]
  }

  /// The table of a failed build. It has all stages, the steps that failed or had not ended, and of
  /// the others those that took longest.
  ///
  /// - Parameters:
  ///   - now: the time of the monotonic clock.
  ///   - count: the largest number of rows.
  init(failed steps: BuildSteps, at now: Int64, rows count: Int) {
    let ended = steps.ended.map { step, end in
      (step: step, elapsed: end.elapsed, note: end.hasSucceeded ? "" : "failed")
    }
    let running = steps.running.map(\.step).map { step in
      (step: step, elapsed: Duration.nanoseconds(now - step.begin), note: "had not ended")
    }
    let shown = (ended + running).sorted { first, second in
      let isFirst = first.step.level == .stage || !first.note.isEmpty
      let isSecond = second.step.level == .stage || !second.note.isEmpty
      return isFirst == isSecond ? first.elapsed > second.elapsed : isFirst
    }.prefix(count)
    rows = shown.sorted {
      ($0.step.begin, $0.step.level.rawValue) < ($1.step.begin, $1.step.level.rawValue)
    }.map { step, elapsed, note in
      (
        String(repeating: "  ", count: step.level.rawValue) + step.name, formattedSeconds(elapsed),
        note
      )
    }
  }

  /// The rows, without a newline at the end.
  var text: String {
    let nameWidth = rows.map(\.name.count).max() ?? 0
    let secondsWidth = rows.map(\.seconds.count).max() ?? 0
    let noteWidth = rows.map(\.note.count).max() ?? 0
    return rows.map { name, seconds, note in
      name + padding(nameWidth - name.count + 2 + secondsWidth - seconds.count) + seconds
        + (note.isEmpty ? "" : padding(2 + noteWidth - note.count) + note)
    }.joined(separator: "\n")
  }

  private func padding(_ count: Int) -> String { String(repeating: " ", count: count) }

  private static func text(_ bytes: UInt64?) -> String {
    bytes.map(formattedMegabytes) ?? ""
  }
}
