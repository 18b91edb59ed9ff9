import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The line of a step on a terminal, and how text is cut to fit.
@Suite struct LiveDisplayTests {
  private let second: Int64 = 1_000_000_000

  private func running(
    _ level: Step.Level, _ name: String, bytes: [UInt64] = [], of total: UInt64? = nil
  ) -> BuildSteps {
    var steps = BuildSteps()
    let step = Step(
      id: "1", level: level, name: name, stage: .image, begin: 0, totalBytes: total)
    steps.apply(.begin(step), at: 0)
    for (index, bytes) in bytes.enumerated() {
      steps.apply(.bytes(id: "1", bytes), at: Int64(index + 1) * second)
    }
    return steps
  }

  @Test func aStepHasTimeBytesAndRate() throws {
    let steps = running(.step, "disk image", bytes: [100_000_000, 250_000_000])
    let text = LiveDisplay(showsAllLines: false).line(
      try #require(steps.running.first), at: 3 * second)
    #expect(text == ">    3.0 s  image: disk image  250.0 MB  75.0 MB/s")
  }

  @Test func aTransferSaysWhatIsLeft() throws {
    let steps = running(.step, "upload", bytes: [100_000_000, 250_000_000], of: 500_000_000)
    let text = LiveDisplay(showsAllLines: false).line(
      try #require(steps.running.first), at: 3 * second)
    #expect(text == ">    3.0 s  image: upload  250.0 MB of 500.0 MB  75.0 MB/s  3 s left")
  }

  @Test func aHookHasItsLastWords() throws {
    let steps = running(.hook, "image/50-user")
    var display = LiveDisplay(showsAllLines: false)
    for (mark, line) in [("", "+ adding \u{1b}[31mred\u{1b}[0m user"), ("\u{10}", "++ a:1: true")] {
      display.show(LogLine(received: "\(mark)image/50-user: \(line)"), clock: "", steps)
    }
    let text = display.line(try #require(steps.running.first), at: 12 * second)
    #expect(text == ">   12.0 s  image/50-user  + adding red user")
  }

  @Test(arguments: [
    ("10%\r20%\r30%", "30%"), ("a\tb", "a b"), ("\u{1b}]0;title\u{7}text", "text"),
    ("\u{9b}31mx\u{202e}y", " 31mx y"), ("", ""), ("\r", ""),
  ])
  func nothingCommandsTheTerminal(line: String, cleaned: String) {
    #expect(TerminalText.clean(line) == cleaned)
  }

  @Test(arguments: [
    ("abc", 3, "abc"), ("abcd", 3, "abc"), ("日本語", 5, "日本"), ("e\u{301}x", 1, "e\u{301}"),
    ("👩‍👩‍👧x", 2, "👩‍👩‍👧"), ("", 3, ""),
  ])
  func textIsCutByColumns(text: String, columns: Int, cut: String) {
    #expect(TerminalText.cut(text, toColumns: columns) == cut)
    #expect(TerminalText.columns(cut) <= columns)
  }
}
