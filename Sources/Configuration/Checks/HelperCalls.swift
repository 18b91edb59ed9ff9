/// The helpers that a script names by their path below EIB_HELPERSDIR.
struct HelperCalls: Sendable {
  /// A helper and the first line that names it.
  struct Call: Sendable, Hashable {
    /// The path of the helper, relative to EIB_HELPERSDIR.
    let name: String
    /// The line number, starting at 1.
    let line: Int
  }

  /// The calls of helpers that the script does not look for itself, in the order of their lines.
  let calls: [Call]

  init(_ text: String) {
    var calls: [Call] = []
    var optional: Set<String> = []
    let path = Self.path
    let lines = PythonText.lines(text).map { String($0) }
    for (index, line) in lines.enumerated() where line.contains("EIB_HELPERSDIR") {
      if line.drop(while: \.isWhitespace).hasPrefix("#") { continue }
      for match in line.matches(of: path) {
        let name = String(match.2 ?? match.3 ?? "")
        let rest = line[match.range.upperBound...]
        // The rest of a name that the script puts together is not known.
        if name.isEmpty || name.hasSuffix("/") || rest.first.map("$*{?[%".contains) == true {
          continue
        }
        if match.1 != nil { optional.insert(name) }
        calls.append(Call(name: name, line: index + 1))
      }
    }
    var seen: Set<String> = []
    self.calls = calls.filter { !optional.contains($0.name) && seen.insert($0.name).inserted }
  }

  /// Matches `"$EIB_HELPERSDIR"/NAME` in a shell script, with the test in front of it (`-x`), and
  /// `os.environ['EIB_HELPERSDIR'], 'NAME'` in Python, also with `+` or `/` in place of the comma.
  private static var path: Regex<(Substring, Substring?, Substring?, Substring?)> {
    #/(-[a-z] +"?)?(?:\$\{?EIB_HELPERSDIR\}?"?/"?([\w.+/-]+)|EIB_HELPERSDIR['"]\] *[,+/] *['"]/?([\w.+/-]+)['"])/#
  }
}
