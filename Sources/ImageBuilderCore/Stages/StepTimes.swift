import Glibc
import SystemPackage

/// How long the steps of a build take: a file to which every stage adds, and the table that ends a
/// build.
struct StepTimes: Sendable {
  /// How far in the table a step stands to the right.
  enum Level: Int, Sendable {
    case stage, step, hook
  }

  private let file: FilePath

  init(_ file: FilePath) {
    self.file = file
  }

  /// Runs `body` and adds how long it took, also when it fails.
  ///
  /// - Parameter minimum: what takes less is not worth a line.
  func measure<Result>(
    _ name: String, level: Level = .step, minimum: Duration = .zero,
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    let begin = Self.monotonicNanoseconds()
    defer {
      let elapsed = Duration.nanoseconds(Self.monotonicNanoseconds() - begin)
      if elapsed >= minimum { add(Step(name: name, level: level, begin: begin, elapsed: elapsed)) }
    }
    return try await body()
  }

  /// The steps in the order in which they began, each with its seconds.
  func table(total: Duration) -> String {
    let steps = ((try? FileAccess.text(of: file)) ?? "").split(separator: "\n")
      .compactMap { Step(line: $0) }
      .sorted { ($0.begin, $0.level.rawValue) < ($1.begin, $1.level.rawValue) }
    let rows =
      steps.map {
        (String(repeating: "  ", count: $0.level.rawValue) + $0.name, formattedSeconds($0.elapsed))
      } + [("total", formattedSeconds(total))]
    let nameWidth = rows.map(\.0.count).max() ?? 0
    let timeWidth = rows.map(\.1.count).max() ?? 0
    return rows.map { name, time in
      name + String(repeating: " ", count: nameWidth - name.count + 2 + timeWidth - time.count)
        + time
    }.joined(separator: "\n")
  }

  /// A record that cannot be written is not worth a build.
  private func add(_ step: Step) {
    let output = try? FileDescriptor.open(
      file, .writeOnly, options: [.create, .append, .closeOnExec, .noFollow],
      permissions: .worldReadable)
    _ = try? output?.closeAfter { _ = try output?.writeAll(step.line.utf8) }
  }

  /// Of a clock that all processes share.
  private static func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

private struct Step {
  let name: String
  let level: StepTimes.Level
  /// Nanoseconds of the monotonic clock.
  let begin: Int64
  let elapsed: Duration

  init(name: String, level: StepTimes.Level, begin: Int64, elapsed: Duration) {
    self.name = name
    self.level = level
    self.begin = begin
    self.elapsed = elapsed
  }

  init?(line: Substring) {
    let fields = line.split(separator: "\t")
    guard fields.count == 4, let level = Int(fields[0]).flatMap(StepTimes.Level.init),
      let begin = Int64(fields[1]), let nanoseconds = Int64(fields[2])
    else { return nil }
    self.init(
      name: String(fields[3]), level: level, begin: begin, elapsed: .nanoseconds(nanoseconds))
  }

  var line: String {
    let (seconds, attoseconds) = elapsed.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    return "\(level.rawValue)\t\(begin)\t\(nanoseconds)\t\(name)\n"
  }
}
