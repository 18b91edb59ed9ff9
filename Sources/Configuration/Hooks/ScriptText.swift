/// What the text of a hook, helper or module says about variables, helpers and modules.
///
/// A variable counts as used only if the script certainly reads it: `$EIB_X` and `${EIB_X...}` in a
/// shell script, `environ["EIB_X"]` in Python. A shell expansion that handles an unset variable,
/// such as `${EIB_X:-}`, is neither a use nor a setting. Any other mention may set the variable and
/// counts as setting it; `environ.get` is one of these. Comments are ignored.
struct ScriptText: Sendable {
  /// A name in a line of the script.
  struct Use: Sendable {
    let name: String
    /// The line number, starting at 1.
    let line: Int
  }

  private static let prefix = Array("EIB_".utf8)

  let isPython: Bool
  /// The first use of each variable.
  private(set) var uses: [Use] = []
  /// The variables that the script itself sets, or may set.
  private(set) var assigned: Set<String> = []
  /// The variables that the script compares or tests. It handles them unset.
  private(set) var tested: Set<String> = []
  /// Every variable in the code, with the line of its first mention.
  private(set) var mentions: [String: Int] = [:]
  /// The beginnings of names that the script makes, such as `EIB_KOLIBRI_`, with their first line.
  private(set) var prefixes: [String: Int] = [:]
  /// The paths in the code.
  private(set) var paths: Set<String> = []
  /// The modules that Python imports, without their submodules.
  private(set) var modules: Set<String> = []
  /// The words in quotes in Python, with their first line.
  private(set) var quotedWords: [String: Int] = [:]
  /// The options that Python reads in the configuration file of a build, with the first line:
  /// `config["s"]["o"]` and `get("s", "o")` are `s:o`, `config["s"]` and `items("s")` are `s:`.
  private(set) var readOptions: [String: Int] = [:]

  init(_ text: String, isPython: Bool = false) {
    self.isPython = isPython
    for (index, line) in PythonText.lines(text).enumerated() {
      let code = Self.withoutComment(Array(String(line).utf8))
      read(code, number: index + 1)
      if isPython { readPython(String(decoding: code, as: UTF8.self), number: index + 1) }
    }
    var seen: Set<String> = []
    uses = uses.filter { seen.insert($0.name).inserted }
  }

  /// Returns the line in which the script first reads a variable, or makes names that begin like
  /// it; nil if it does not.
  func line(reading variable: String) -> Int? {
    mentions[variable] ?? prefixes.filter { variable.hasPrefix($0.key) }.map(\.value).min()
  }

  private mutating func read(_ code: ArraySlice<UInt8>, number: Int) {
    for path in code.split(whereSeparator: { !Self.isPartOfPath($0) }) where path.contains(0x2F) {
      paths.insert(String(decoding: path, as: UTF8.self))
    }
    var position = 0
    while let start = code[position...].firstRange(of: Self.prefix)?.lowerBound {
      let end = code[start...].firstIndex { !Self.isPartOfName($0) } ?? code.endIndex
      position = end
      guard start == 0 || !Self.isPartOfName(code[start - 1]) else { continue }
      let name = String(decoding: code[start..<end], as: UTF8.self)
      let mention = Mention(
        before: String(decoding: code[..<start], as: UTF8.self),
        after: String(decoding: code[end...], as: UTF8.self))
      // The script appends the rest to a name that ends in _.
      if name.hasSuffix("_") || mention.isPattern {
        if name != "EIB_" { prefixes[name] = min(number, prefixes[name] ?? number) }
        if name.hasSuffix("_") { continue }
      }
      add(name, mention, number)
    }
  }

  private mutating func add(_ name: String, _ mention: Mention, _ number: Int) {
    mentions[name] = min(number, mentions[name] ?? number)
    if mention.isTest { tested.insert(name) }
    switch mention.kind {
    case .use: uses.append(Use(name: name, line: number))
    case .setting: assigned.insert(name)
    case .neither: break
    }
  }

  private mutating func readPython(_ code: String, number: Int) {
    for match in code.matches(of: #/(["'])([A-Za-z0-9_-]+)\1/#) {
      let word = String(match.2)
      quotedWords[word] = quotedWords[word] ?? number
    }
    let pairs =
      code.matches(of: #/\w\(\s*(["'])([\w-]+)\1\s*,\s*(["'])([\w-]+)\3/#).map { ($0.2, $0.4) }
      + code.matches(of: #/\[\s*(["'])([\w-]+)\1\s*\]\s*\[\s*(["'])([\w-]+)\3\s*\]/#)
      .map { ($0.2, $0.4) }
      + code.matches(of: #/items\(\s*(["'])([\w-]+)\1/#).map { ($0.2, "") }
      + code.matches(of: #/\w\[(["'])([\w-]+)\1\](?!\s*\[)/#).map { ($0.2, "") }
    for (section, option) in pairs {
      let name = "\(section):\(option)"
      readOptions[name] = readOptions[name] ?? number
    }
    if let match = code.firstMatch(of: #/^\s*from\s+([A-Za-z0-9_]+)[.\s]/#) {
      modules.insert(String(match.1))
    } else if let match = code.wholeMatch(of: #/\s*import\s+(.+)/#) {
      for name in match.1.split(separator: ",") {
        let word = name.split { $0 == " " || $0 == "." }.first
        modules.insert(word.map(String.init) ?? "")
      }
    }
  }

  private static func withoutComment(_ line: [UInt8]) -> ArraySlice<UInt8> {
    let start = line.indices.first { index in
      line[index] == UInt8(ascii: "#")
        && (index == 0 || line[index - 1] == UInt8(ascii: " ") || line[index - 1] == 0x09)
    }
    return line[..<(start ?? line.endIndex)]
  }

  private static func isPartOfPath(_ byte: UInt8) -> Bool {
    isPartOfName(byte) || "-./".utf8.contains(byte)
  }

  private static func isPartOfName(_ byte: UInt8) -> Bool {
    byte.isASCIILetterOrDigit || byte == UInt8(ascii: "_")
  }
}

/// The text before and after the name of a variable in its line.
private struct Mention {
  enum Kind { case use, setting, neither }

  let before: String
  let after: String

  var kind: Kind {
    if let expansion {
      let isEscaped = before.dropLast(expansion.count).reversed().prefix { $0 == "\\" }.count % 2
      return isEscaped == 1 ? .neither : expansion == "$" ? .use : expansionKind
    }
    guard ["environ['", "environ[\""].contains(where: before.hasSuffix) else { return .setting }
    let rest = after.dropFirst(2).drop { $0 == " " }
    return rest.hasPrefix("=") && !rest.hasPrefix("==") ? .setting : .use
  }

  /// Whether the mention is the beginning of several names: `${!EIB_X*}`.
  var isPattern: Bool { before.hasSuffix("${!") && ["*", "@"].contains(after.first) }

  /// Whether a shell script tests or compares the value: `[ -n "$EIB_X" ]`, `[ "$EIB_X" = a ]`,
  /// `case $EIB_X in`.
  var isTest: Bool {
    guard let expansion else { return false }
    let left = before.dropLast(expansion.count).reversed().drop { $0 == "\"" }.drop { $0 == " " }
      .reversed()
    let right = after.drop { "}\"".contains($0) }.drop { $0 == " " }
    let command = String(left)
    let operators = [" -n", " -z", " [", "[[", " test", " !", " case"]
    if operators.contains(where: { " \(command)".hasSuffix($0) }) {
      return right.hasPrefix("in") || !command.hasSuffix("case")
    }
    let isCompared = ["=", "!="].contains { right.hasPrefix($0) || command.hasSuffix($0) }
    return isCompared && (command.contains("[") || command.contains("test "))
  }

  /// The characters that make the mention an expansion of the shell.
  private var expansion: String? { ["${#", "${!", "${", "$"].first(where: before.hasSuffix) }

  /// `${EIB_X:=...}` sets the variable, `${!EIB_X*}` lists names, and `-`, `+` and `?` handle an
  /// unset variable.
  private var expansionKind: Kind {
    let rest = after.hasPrefix(":") ? after.dropFirst() : after[...]
    return switch rest.first {
    case "=": .setting
    case "-", "+", "?": .neither
    case "*", "@": before.hasSuffix("!") ? .neither : .use
    default: .use
    }
  }
}
