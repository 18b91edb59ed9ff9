import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct HookHeaderTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  private func header(_ text: String) throws -> HookHeader? {
    try HookHeader(of: try fixture.write("hook", text))
  }

  @Test(
    arguments: [
      ("# hook-timeout: 5m\n", 1, 300), ("#!/usr/bin/python3\n#hook-timeout:  90s  \r\n", 2, 90),
      ("#!/bin/bash\n\n# What it does.\n## hook-timeout: 2h", 4, 7200),
    ] as [(String, Int, Int)])
  func aCommentSetsALimit(text: String, line: Int, seconds: Int) throws {
    let header = try header(text)
    #expect(header?.timeLimit == .seconds(seconds))
    #expect(header?.origin == .file(fixture.path("hook"), line: line))
  }

  @Test func zeroIsNoLimitAndNoClockOverflows() throws {
    let none = try header("# hook-timeout: 0s\n")
    #expect(none != nil && none?.timeLimit == nil)
    #expect(try header("# hook-timeout: 9999999999999w\n")?.timeLimit == .seconds(3_153_600_000))
  }

  @Test(arguments: [
    "", "echo hook-timeout: 5m\n", "# The hook timeout is as long as it is.\n",
    "# See hook-timeout: in the documentation\n",
    String(repeating: "\n", count: 20) + "# hook-timeout: 5m\n",
    String(repeating: "#", count: 1 << 14) + "\n# hook-timeout: 5m\n",
  ])
  func otherTextSetsNone(text: String) throws {
    #expect(try header(text) == nil)
  }

  @Test func aProgramThatIsNoTextHasNone() throws {
    #expect(try HookHeader(of: "/bin/true") == nil)
    let path = try fixture.write("hook", "")
    try Shell.run(#"printf '#!/bin/x\n\377\000\n# hook-timeout: 7s\n' > '\#(path)'"#)
    #expect(try HookHeader(of: path)?.timeLimit == .seconds(7))
  }

  @Test(arguments: [
    "hook-timeout: 5", "hook-timeout:", "hook-timeout: soon", "hook_timeout: 5m",
    "hook-timeout = 5m", "Hook-Timeout: 5m", "hook-timeout : 5m", "hook timeout: 5m",
    "hook-timeout: 5m # not more", "hook-timeout: -5m",
  ])
  func whatIsMeantToAndDoesNotIsRefused(text: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try header("#!/bin/sh\n# \(text)\n") }
    #expect(error?.origin == .file(fixture.path("hook"), line: 2))
    #expect(
      error?.description.contains("write # hook-timeout: 5m, a number followed by s, m") == true)
  }
}
