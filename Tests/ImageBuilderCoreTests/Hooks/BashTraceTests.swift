import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The detection of traces in the output of a hook.
@Suite struct BashTraceTests {
  /// Returns the lines that bash writes when it traces a script with `BashTrace.prompt`.
  private func lines(_ script: String) throws -> [HookLine] {
    let fixture = try Fixture()
    let hook = try fixture.write("50-hook", script)
    let outcome = try Shell.start(
      "/bin/bash", ["-c", "PS4='\(BashTrace.prompt)'; exec 2>&1; set -x; . \"$0\"", hook.string])
    var finder = TraceFinder()
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    let all = lines.dropLast().flatMap { finder.lines(String($0)) }
    // The first trace shows the command that sources the script.
    #expect(all.first == HookLine(text: "+ :1: . \(hook)", isTrace: true))
    return Array(all.dropFirst())
  }

  private func expect(
    _ script: String, own: [String], traces: [String],
    location: SourceLocation = #_sourceLocation
  ) throws {
    let lines = try lines(script)
    #expect(lines.filter { !$0.isTrace }.map(\.text) == own, sourceLocation: location)
    #expect(lines.filter(\.isTrace).map(\.text) == traces, sourceLocation: location)
  }

  @Test func deeperLevelsHaveMoreSigns() throws {
    try expect(
      "x=$(echo $(echo one))\necho $x\n", own: ["one"],
      traces: [
        "++++ 50-hook:1: echo one", "+++ 50-hook:1: echo one", "++ 50-hook:1: x=one",
        "++ 50-hook:2: echo one",
      ])
  }

  @Test func aSignMakesNoTrace() throws {
    try expect(
      """
      set +x
      printf '%s\\n' '+ 50-hook:2: true' '++' '+' '+\u{10}' '\u{10} x' 'C++\u{10}x' ''
      PS4='> '
      set -x
      :
      """,
      own: [
        "+ 50-hook:2: true", "++", "+", "+\u{10}", "\u{10} x", "C++\u{10}x", "", ">> :",
      ], traces: ["++ 50-hook:1: set +x"])
  }

  @Test func theVariableItselfIsNoTrace() throws {
    let lines = try lines("export PS4\nenv | grep PS4\necho \"$PS4\"\n")
    #expect(lines.contains(HookLine(text: "PS4=\(BashTrace.prompt)")))
    #expect(lines.contains(HookLine(text: BashTrace.prompt)))
  }

  @Test func aLineThatIsNotEndedIsTheHooks() throws {
    try expect(
      "printf '1+1: '\necho 2\n", own: ["1+1: ", "2"],
      traces: ["++ 50-hook:1: printf '1+1: '", "++ 50-hook:2: echo 2"])
  }

  /// Values with a newline, in all forms in which bash shows them. Each is followed by output.
  @Test(arguments: [
    "[ -n \"$list\" ]", "[[ $list == *two* && -n $list ]]", "[[ $list =~ ^one$'\\n'it ]]",
    "copy=$list", "export copy=\"$list\"", "env A=\"$list\" true", "A=\"$list\" true",
    "f() { local v=\"$list\"; return 0; }; f", "declare -A m=([k]=\"$list\")", "arr[1]=\"$list\"",
    "python3 -c '\nprint\n'", "(( 1 +\n 2 ))", "let 'u = 1 +\n 1'", "copy=$'\\e[31m\\n'\"$list\"",
    "case 'a\n\"' in *) ;; esac", "case \"it's\n\\\"\" in *) ;; esac",
    "case $'it\\'s\n\"' in *) ;; esac",
    "for f in \"$(true\ntrue)\" 'x\ny' it\\'s; do :; done", "array=(\n \"it's\"\n 'a\nb' # '\n)",
    "trap 'true\ntrue' USR1", "eval 'true\ntrue'", "printf -v copy %s \"$list\\\\\"",
  ])
  func aTraceGoesOnUntilItIsComplete(command: String) throws {
    let list = "one\nit's \"two\" \\\n[[ three ]]"
    let found = try lines(
      "list=\(shellQuoted(list))\n\(command)\necho \"the hook's\"\necho \"it's own\"\n")
    #expect(found.filter { !$0.isTrace }.map(\.text) == ["the hook's", "it's own"], "\(found)")
    #expect(found.last { $0.isTrace }?.text.hasSuffix(": echo 'it'\\''s own'") == true)
  }

  @Test func aTraceThatIsNeverCompleteEndsBeforeTheNext() throws {
    var finder = TraceFinder()
    let lines = ["+\u{10} a:1: [[ one", "two", "++\u{10} a:2: true", "three"].flatMap {
      finder.lines($0)
    }
    #expect(lines.map(\.isTrace) == [true, true, true, false])
  }
}

/// The lines of output in the report of a failure.
@Suite struct HookOutputTests {
  private static let secret = "it's a sécret"

  private func output(_ lines: [String]) throws -> HookOutput {
    let hook = Hook(group: .image, name: "50-a", path: "/hooks/image/50-a", timeLimit: nil)
    let output = HookOutput(of: hook, SecretFilter([Self.secret]))
    for line in lines { output.receive(line) }
    return output
  }

  @Test func theLastTwentyLinesAreReportedWithTracesAndWithoutPrivateValues() throws {
    let lines = (1...40).map { "line \($0)" } + ["++\u{10} 50-a:3: echo 'it'\\''s a sécret'"]
    let last = try output(lines).lastLines
    #expect(
      last == (22...40).map { "line \($0)" } + ["++ 50-a:3: echo '<private>'"], "\(last)")
  }

  /// The limit is before the private value, in its replacement, in the `é`, or after it.
  @Test(arguments: [
    (-20, " end"), (-15, " end"), (-14, "..."), (-7, "..."), (-1, "..."), (9, "..."),
  ])
  func aLongLineIsCutButNoPrivateValue(distance: Int, end: String) throws {
    let limit = HookOutput.longestReportedLineInBytes
    let line = String(repeating: "x", count: limit + distance) + Self.secret + "é end"
    let last = try #require(try output([line]).lastLines.first)
    #expect(!last.contains("it'") && !last.contains("cret") && !last.contains("\u{FFFD}"))
    #expect(last.hasSuffix(end) && last.utf8.count <= limit + 3, "\(last)")
  }
}
