import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// How the events of stages change the steps of a build.
@Suite struct BuildStepsTests {
  private var steps = BuildSteps()

  private static func step(_ id: String, _ level: Step.Level, _ name: String, begin: Int64 = 0)
    -> Step
  {
    Step(id: id, level: level, name: name, stage: .image, begin: begin)
  }

  private static func end(_ milliseconds: Int, _ writtenBytes: UInt64?) -> StepEnd {
    StepEnd(
      elapsed: .milliseconds(milliseconds), hasSucceeded: true, writtenBytes: writtenBytes)
  }

  @Test mutating func theTableHasStepsInTheOrderOfTheirBeginnings() {
    for event in [
      StepEvent.begin(Self.step("1", .stage, "image", begin: 100)),
      .begin(Self.step("2", .step, "image hooks", begin: 200)),
      .begin(Self.step("3", .hook, "image/50-late", begin: 300)),
      .begin(Self.step("4", .hook, "image/60-quick", begin: 400)),
      .end(id: "4", Self.end(99, 0)), .end(id: "3", Self.end(640, 52_400_000)),
      .end(id: "2", Self.end(1250, nil)), .end(id: "1", Self.end(12_000, 1_052_449_000)),
      .end(id: "nobody", Self.end(1, 1)),
    ] { steps.apply(event, at: 0) }
    #expect(
      StepTable(steps, total: .milliseconds(12_500)).text == """
        image              12.0 s  1052.4 MB
          image hooks       1.3 s
            image/50-late   0.6 s    52.4 MB
        total              12.5 s
        """)
    #expect(StepTable(BuildSteps(), total: .seconds(3)).text == "total  3.0 s")
  }

  @Test mutating func aStageThatWasKilledLeavesNothingRunning() {
    steps.apply(.begin(Self.step("1", .stage, "image")), at: 0)
    steps.apply(.begin(Self.step("2", .step, "disk image")), at: 0)
    steps.apply(.begin(Self.step("3", .stage, "error")), at: 0)
    #expect(steps.running.map(\.step.id) == ["3"])
    #expect(steps.ended.isEmpty)
  }

  @Test mutating func aLineBelongsToTheHookOrToWhatTheStageIsAt() {
    steps.apply(.begin(Self.step("1", .stage, "image")), at: 0)
    #expect(steps.owner(ofLabel: "image")?.step.id == "1")
    steps.apply(.begin(Self.step("2", .step, "image hooks")), at: 0)
    steps.apply(.begin(Self.step("3", .hook, "image/50-user")), at: 0)
    #expect(steps.owner(ofLabel: "image")?.step.id == "2")
    #expect(steps.owner(ofLabel: "image/50-user")?.step.id == "3")
    #expect(steps.owner(ofLabel: "image/60-other") == nil)
  }

  @Test mutating func theRateIsThatOfTheLastSecondsAndFalls() throws {
    let second: Int64 = 1_000_000_000
    steps.apply(.begin(Self.step("1", .step, "pull")), at: 0)
    for (time, bytes) in [(1, 900), (2, 1000), (3, 1500)] as [(Int64, UInt64)] {
      steps.apply(.bytes(id: "1", bytes), at: time * second)
    }
    let pull = try #require(steps.running.first)
    #expect(pull.bytesPerSecond(at: 3 * second) == 500)
    #expect(pull.bytesPerSecond(at: 7 * second) == 100)
  }

  @Test func anEventIsALineWithTheMarkOfTheBuild() throws {
    let (channel, other) = (StepChannel(), StepChannel())
    #expect(channel.mark != other.mark && channel.mark.count > 20)
    for event in [
      StepEvent.begin(Self.step("7.1", .hook, "image/50-\u{e9}\n", begin: .max)),
      .bytes(id: "7.1", .max), .end(id: "7.1", Self.end(1, nil)),
    ] {
      let line = try channel.line(event)
      #expect(!line.contains("\n"))
      #expect(channel.event(line) == event)
      #expect(other.event(line) == nil)
      #expect(channel.event("image/50: \(line)") == nil)
      #expect(channel.event(String(line.dropLast())) == nil)
    }
  }

  @Test(arguments: [
    ("image: warning: no boot code", true), ("image/50-a: WARNING: odd", true),
    ("warning: of the build", true), ("image/50-a: + echo warning: odd", false),
    ("image/50-a: no warning: here", false), ("", false),
  ])
  func warningsAreKnown(text: String, isWarning: Bool) {
    #expect(LogLine(text: text, source: .script).isWarning == isWarning)
    #expect(!LogLine(text: text, source: .script, isDetail: true).isWarning)
  }

  @Test func aTraceIsALineWithTheMarkOfTraces() {
    let trace = LogLine(received: "\u{10}image/50-a: + 50-a:1: true")
    #expect(trace.isDetail && trace.label == "image/50-a" && trace.message == "+ 50-a:1: true")
    for text in ["image/50-a: \u{10}", "image/50-a: + 50-a:1: true", ""] {
      let line = LogLine(received: text)
      #expect(!line.isDetail && line.text == text)
    }
  }
}
