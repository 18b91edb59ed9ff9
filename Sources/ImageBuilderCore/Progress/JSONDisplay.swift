import Configuration
import Glibc
import SystemPackage

/// Shows the lines of the log, and writes JSON objects for programs, one per line. docs/progress.md
/// describes the objects.
struct JSONDisplay: BuildDisplay {
  /// The version of the schema. It changes if programs for the old schema could misinterpret the
  /// new one.
  static let schema: Int64 = 1

  let isLive = false
  private let output: FileDescriptor
  private let plain: PlainDisplay
  private var isBroken = false

  init(_ descriptor: Int32, outputVersion: String, showsTraces: Bool) {
    plain = PlainDisplay(showsTraces: showsTraces)
    output = FileDescriptor(rawValue: descriptor)
    // The programs that are started get another standard output.
    if descriptor != STDOUT_FILENO { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    write("build", ["output_version": .string(outputVersion)])
  }

  mutating func show(_ line: LogLine, clock: String, _ steps: BuildSteps) {
    plain.show(line, clock: clock, steps)
    if line.isWarning { write("warning", ["text": .string(line.text)]) }
  }

  mutating func show(_ event: StepEvent, _ steps: BuildSteps) {
    switch event {
    case .begin(let step): write("begin", Self.facts(step))
    case .bytes(let id, let bytes): write("bytes", ["step": .string(id), "bytes": .count(bytes)])
    case .end(let id, let end):
      guard let step = steps.ended.last?.step, step.id == id else { return }
      let facts: [String: JSONValue] = [
        "seconds": Self.seconds(end.elapsed), "succeeded": .boolean(end.hasSucceeded),
        "written_bytes": end.writtenBytes.map(JSONValue.count) ?? .null,
      ]
      write("end", facts.merging(Self.facts(step)) { own, _ in own })
    }
  }

  func refresh(_ steps: BuildSteps) {}

  mutating func end(_ result: BuildResult) {
    write(
      "result",
      [
        "status": .integer(Int64(result.status)), "seconds": Self.seconds(result.elapsed),
        "cause": .optional(result.failure?.text),
        "failure": result.failure.map(Self.facts) ?? .null,
      ])
  }

  private static func facts(_ failure: Failure) -> JSONValue {
    .object([
      "stage": .optional(failure.stage?.rawValue), "hook": .optional(failure.hook),
      "command": .optional(failure.command),
      "status": failure.status.map { .integer(Int64($0)) } ?? .null,
      "signal": failure.signal.map { .integer(Int64($0)) } ?? .null,
      "cause": .optional(failure.cause?.known.rawValue),
      "last_lines": .array(failure.lastLines.map(JSONValue.string)),
      "resume": .optional(failure.resume),
    ])
  }

  private static func facts(_ step: Step) -> [String: JSONValue] {
    [
      "step": .string(step.id), "level": .string("\(step.level)"), "name": .string(step.name),
      "stage": .string(step.stage.rawValue),
      "total_bytes": step.totalBytes.map(JSONValue.count) ?? .null,
    ]
  }

  private static func seconds(_ duration: Duration) -> JSONValue {
    .number((duration / .milliseconds(1)).rounded() / 1000)
  }

  private mutating func write(_ event: String, _ facts: [String: JSONValue]) {
    guard !isBroken else { return }
    var object = facts
    object["schema"] = .integer(Self.schema)
    object["event"] = .string(event)
    object["time"] = .string(UTCDate.text(UInt64(time(nil))))
    do {
      _ = try output.writeAll(JSONValue.object(object).line().utf8)
    } catch {
      // The reader has closed the output.
      isBroken = true
    }
  }
}
