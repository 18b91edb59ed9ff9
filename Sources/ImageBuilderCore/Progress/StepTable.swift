import Configuration

/// The table at the end of a build: the steps in the order in which they began, with the seconds
/// that each took and the megabytes that it wrote.
struct StepTable {
  /// Hooks that take less time are omitted.
  private static let shortestHook: Duration = .milliseconds(100)

  private let rows: [(name: String, seconds: String, written: String)]

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

  /// The rows, without a newline at the end.
  var text: String {
    let nameWidth = rows.map(\.name.count).max() ?? 0
    let secondsWidth = rows.map(\.seconds.count).max() ?? 0
    let writtenWidth = rows.map(\.written.count).max() ?? 0
    return rows.map { name, seconds, written in
      name + padding(nameWidth - name.count + 2 + secondsWidth - seconds.count) + seconds
        + (written.isEmpty ? "" : padding(2 + writtenWidth - written.count) + written)
    }.joined(separator: "\n")
  }

  private func padding(_ count: Int) -> String { String(repeating: " ", count: count) }

  private static func text(_ bytes: UInt64?) -> String {
    bytes.map(formattedMegabytes) ?? ""
  }
}
