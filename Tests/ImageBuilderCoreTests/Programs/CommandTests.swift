import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct CommandTests {
  @Test func bothStreamsArriveInTheOrderOfWriting() async throws {
    let text = try await Command("bash", ["-c", "echo one; echo two >&2; printf three"]).text()
    #expect(text == "one\ntwo\nthree")
  }

  @Test func theEnvironmentIsTheOneGiven() async throws {
    let command = Command("/usr/bin/env", [], environment: ["A": "b c"])
    #expect(try await command.text() == "A=b c")
  }

  @Test func theInputIsRead() async throws {
    #expect(try await Command("cat", [], input: "one\ntwo\n").text() == "one\ntwo")
  }

  @Test func withoutInputThereIsNothingToRead() async throws {
    #expect(try await Command("cat", []).text() == "")
  }

  @Test func aFailureHasStatusAndLastLines() async throws {
    let command = Command("bash", ["-c", "seq 1 40; exit 3"])
    let failure = await #expect(throws: CommandFailure.self) { try await command.run() }
    #expect(failure?.reason == .exited(3))
    #expect(failure?.lastLines == (26...40).map { "\($0)" })
    #expect(
      failure?.description.hasPrefix("bash -c 'seq 1 40; exit 3'\n  ended with status 3") == true)
  }

  @Test func aSignalIsTold() async throws {
    let failure = await #expect(throws: CommandFailure.self) {
      try await Command("bash", ["-c", "kill -SEGV $$"]).run()
    }
    #expect(failure?.reason == .signalled(SIGSEGV))
  }

  @Test func aProgramThatIsNotThereIsNamed() async throws {
    let failure = await #expect(throws: CommandFailure.self) {
      try await Command("no-such-program", []).run()
    }
    #expect(failure?.description.contains("there is no no-such-program in /usr") == true)
  }

  @Test func aBackgroundProcessThatKeepsThePipeDoesNotHoldTheBuild() async throws {
    let text = try await Command("bash", ["-c", "setsid sleep infinity & echo $!"]).text()
    let sleeper = try #require(Int32(text))
    #expect(kill(sleeper, SIGKILL) == 0, "run() waited for the end of the sleeper")
  }

  @Test func aBackgroundProcessThatWritesForEverDoesNotHoldTheBuild() async throws {
    let first = LineTail()
    try await Command("bash", ["-c", "echo $$; setsid yes & sleep 0.1"]).run { line in
      if first.lines.isEmpty { first.append(line) }
    }
    // The process ends by itself, because the pipe no longer has a reader.
    #expect(first.lines.compactMap { Int32($0) }.count == 1)
  }

  @Test func whatIsWrittenWhenTheProgramHasEndedIsReadWhileSomebodyWaits() async throws {
    let lines = LineCollector()
    try await Command("bash", ["-c", "(sleep 0.2; echo two) & echo one"]).run(
      output: { lines.append($0) }, whenEnded: { usleep(1_000_000) })
    #expect(lines.text == "one\ntwo")
  }

  @Test func cancellingEndsTheWholeProcessGroup() async throws {
    let fixture = try Fixture()
    let mark = fixture.path("mark")
    let task = Task {
      try await Command(
        "bash", ["-c", "(sleep infinity; touch '\(mark)') & echo $! > '\(mark).pid'; wait"]
      )
      .run()
    }
    while !fixture.exists("mark.pid") { try await Task.sleep(for: .milliseconds(20)) }
    try await Task.sleep(for: .milliseconds(100))
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    let child = try #require(Int32(fixture.text("mark.pid").trimmingCharacters(in: .newlines)))
    var left = 0
    while kill(child, 0) == 0 && left < 100 {
      try await Task.sleep(for: .milliseconds(20))
      left += 1
    }
    #expect(kill(child, 0) != 0)
  }

  @Test func childrenDoNotInheritIgnoredOrBlockedSignals() async throws {
    let text = try await Command("grep", ["-E", "^Sig(Ign|Blk)", "/proc/self/status"]).text()
    let masks = text.split(separator: "\n").compactMap { UInt64($0.suffix(16), radix: 16) }
    // glibc reserves the signals 32 and 33.
    #expect(masks.map { $0 & 0x7fff_ffff } == [0, 0], "\(text)")
  }
}

@Suite struct LineSplitterTests {
  private func lines(_ chunks: [String], withoutSplitting secrets: [String] = []) -> [String] {
    var splitter = LineSplitter(withoutSplitting: SecretFilter(secrets))
    var lines: [String] = []
    for bytes in chunks.map({ Array($0.utf8) }) {
      for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
        splitter.append(bytes[start..<min(start + 1 << 16, bytes.count)]) { lines.append($0) }
      }
    }
    splitter.finish { lines.append($0) }
    return lines
  }

  @Test func linesSpanReads() {
    #expect(lines(["a", "b\nc\n\nd"]) == ["ab", "c", "", "d"])
    #expect(lines(["one\r\ntwo\r", "\n"]) == ["one", "two"])
    #expect(lines([]) == [])
  }

  @Test func anEndlessLineIsCut() {
    let long = String(repeating: "x", count: LineSplitter.maximumLineLengthInBytes + 10)
    #expect(lines([long]).joined() == long)
    #expect(lines([long, "\n"]).allSatisfy { $0.utf8.count <= long.utf8.count })
  }

  @Test func noSecretIsCut() {
    let secret = "it's a sécret"
    let forms = [secret, "it%27s+a+s%C3%A9cret", #"it's a sécret"#, #"it'\''s a sécret"#]
    for form in forms {
      for gap in [1, 40, 1000] {
        let filler = String(repeating: "x", count: gap)
        let count = 150_000 / (gap + form.utf8.count)
        let pieces = lines(
          [String(repeating: filler + form, count: count)], withoutSplitting: [secret])
        #expect(pieces.count > 1)
        let shown = pieces.map { SecretFilter([secret])($0) }.joined()
        #expect(shown == String(repeating: filler + SecretFilter.replacement, count: count))
      }
    }
  }

  @Test func aLineOfNothingButOverlappingSecretsIsCutToo() {
    let line = String(repeating: "ab", count: 80_000)
    for secrets in [["ababab"], ["ababab", "bababababa"]] {
      let pieces = lines([line + "END", line], withoutSplitting: secrets)
      #expect(pieces.count > 2)
      #expect(pieces.allSatisfy { $0.utf8.count <= line.utf8.count + 3 })
      let shown = pieces.map { SecretFilter(secrets)($0) }.joined()
      #expect(shown.replacing(SecretFilter.replacement, with: "") == "END")
    }
  }
}

@Suite struct ShellQuotingTests {
  @Test(arguments: ["", "plain", "a b", "it's", "$HOME", "new\nline", "e\u{301}'\u{301}", "-x=1"])
  func bashReadsBackWhatWasQuoted(word: String) throws {
    let outcome = try Shell.run("printf %s \(shellQuoted(word))")
    #expect(Array(outcome.output.utf8) == Array(word.utf8))
  }

  @Test func plainWordsStayPlain() {
    #expect(shellQuoted("/usr/bin/x-1.2_3@a=b") == "/usr/bin/x-1.2_3@a=b")
  }
}
