import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Reports of booted systems, including invalid ones.
@Suite struct BootReportTests {
  private let expectation = BootExpectation(
    commit: "c0ffee", system: OSRelease(id: "debian", version: "12 (bookworm)"),
    kernelArguments: ["rw", #"dyndbg="file a.c +p""#, "console=a", "rw", "console=b"])

  private func problem(_ line: String) -> BootFailure? {
    do {
      return try BootReport(parsing: Array(line.utf8)).problem(expectation)
    } catch {
      return error
    }
  }

  private func line(
    commit: String = "c0ffee", failed: String = "", id: String = "debian",
    state: String = "running", version: String = "12 (bookworm)",
    commandLine: String =
      #"BOOT_IMAGE=/vmlinuz rw \"dyndbg=file a.c +p\" console=a rw console=b quiet"#
  ) -> String {
    #"{"cmdline":"\#(commandLine)","commit":"\#(commit)","failed":[\#(failed)],"id":"\#(id)","state":"\#(state)","#
      + #""version":"\#(version)"}"#
  }

  @Test func aSystemThatIsUpIsBelieved() {
    #expect(problem(line()) == nil)
  }

  @Test func whatIsNotTheSystemThatWasBuiltIsRefused() {
    #expect(problem(line(commit: "bad")) == .otherCommit(found: "bad", expected: "c0ffee"))
    #expect(problem(line(commit: "")) == .otherCommit(found: "", expected: "c0ffee"))
    let other = OSRelease(id: "debian", version: "11 (bullseye)")
    #expect(
      problem(line(version: other.version))
        == .otherSystem(found: other, expected: expectation.system!))
    #expect(
      problem(line(failed: "\"a.service\"", state: "degraded"))
        == .notRunning(state: "degraded", failedUnits: ["a.service"]))
    // A unit can fail after the state was read.
    #expect(
      problem(line(failed: "\"a.service\""))
        == .notRunning(state: "running", failedUnits: ["a.service"]))
    #expect(problem(line(state: "")) == .notRunning(state: "", failedUnits: []))
  }

  @Test func secureBootIsOnOnlyIfTheSystemSaysSo() throws {
    var expected = expectation
    expected.isSecureBootOn = true
    func problem(_ more: String) throws -> BootFailure? {
      try BootReport(parsing: Array("{\(more)\(line().dropFirst())".utf8)).problem(expected)
    }
    #expect(try problem(#""secure_boot":true,"#) == nil)
    #expect(try problem(#""secure_boot":false,"#) == .noSecureBoot)
    #expect(try problem("") == .noSecureBoot)
  }

  @Test(arguments: [
    ("rw console=a rw console=b", #"dyndbg="file a.c +p""#),
    ("rw dyndbg=file a.c +p console=a rw console=b", #"dyndbg="file a.c +p""#),
    (#"rw \"dyndbg=file a.c +p\" console=b rw console=a"#, "rw"),
    (#"rw dyndbg=\"file a.c +p\" console=a console=b"#, "rw"), ("", "rw"),
  ])
  func anArgumentThatTheKernelDidNotGetIsNamed(commandLine: String, missing: String) throws {
    guard case .otherKernelArguments(missing, _)? = problem(line(commandLine: commandLine)) else {
      Issue.record("\(String(describing: problem(line(commandLine: commandLine))))")
      return
    }
  }

  @Test(arguments: [
    "", "{}", "null", "[1]", "running", #"{"commit":1}"#, "\u{0}\u{1B}[2J",
    #"{"commit":"c0ffee","failed":"none","id":"debian","state":"running","version":"12"}"#,
    String(repeating: "[", count: 60_000),
  ])
  func whatIsNoReportIsRefused(text: String) throws {
    guard case .unreadableReport(let found)? = problem(text) else {
      Issue.record("\(String(describing: problem(text)))")
      return
    }
    #expect(found.count <= 200)
    #expect(!found.unicodeScalars.contains { $0.properties.generalCategory == .control })
  }

  @Test func whatIsToldOfAReportIsShortAndHarmless() throws {
    let units = (0..<200).map { "\"unit\($0)\\u001b[2J\\n\"" }.joined(separator: ",")
    let hostile = line(
      failed: units, state: "\\u009b" + String(repeating: "x", count: 9000))
    let report = try BootReport(parsing: Array(hostile.utf8))
    #expect(report.failedUnits.count == 50 && report.failedUnits[0] == "unit0?[2J?")
    #expect(report.state.count == 200 && report.state.hasPrefix("?x"))
  }

  @Test(arguments: [
    ("ID=debian\nVERSION=\"12 (bookworm)\"\n", "debian", "12 (bookworm)"),
    ("ID='a b'\nVERSION=1\\\n", "a b", "1\\"),
    ("VERSION=\"a \\\"b\\\" \\$c \\d\"  \nNAME=x\n# ID=no\nID=\"\"\n", "", "a \"b\" $c \\d"),
    ("ID=one\nID=two\nVERSION=\"\n", "two", "\""),
    ("", "", ""),
  ])
  func osReleaseIsReadAsAShellReadsIt(text: String, id: String, version: String) {
    #expect(OSRelease(parsing: text) == OSRelease(id: id, version: version))
  }
}
