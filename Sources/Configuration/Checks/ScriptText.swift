/// The `EIB_*` variables in the text of a hook or helper, and the file names in its paths.
///
/// A variable counts as used only if the script certainly reads it: `$EIB_X` and `${EIB_X...}` in a
/// shell script, `environ["EIB_X"]` in Python. A shell expansion that handles an unset variable,
/// such as `${EIB_X:-}`, is neither a use nor a setting. Any other mention may set the variable and
/// counts as setting it; `environ.get` is one of these. Comments are ignored.
struct ScriptText: Sendable {
  /// A use of a variable.
  struct Use: Sendable {
    let name: String
    /// The line number, starting at 1.
    let line: Int
  }

  private static let prefix = Array("EIB_".utf8)

  /// The first use of each variable.
  private(set) var uses: [Use] = []
  /// The last component of each path in the code.
  private(set) var calledNames: Set<String> = []
  /// The variables that the script itself sets, or may set.
  private(set) var assigned: Set<String> = []

  init(_ text: String) {
    for (index, line) in PythonText.lines(text).enumerated() {
      read(Self.withoutComment(Array(String(line).utf8)), number: index + 1)
    }
    var seen: Set<String> = []
    uses = uses.filter { seen.insert($0.name).inserted }
  }

  private mutating func read(_ code: ArraySlice<UInt8>, number: Int) {
    for path in code.split(whereSeparator: { !Self.isPartOfPath($0) }) where path.contains(0x2F) {
      let name = path.split(separator: 0x2F).last ?? []
      calledNames.insert(String(decoding: name, as: UTF8.self))
    }
    var position = 0
    while let start = code[position...].firstRange(of: Self.prefix)?.lowerBound {
      let end = code[start...].firstIndex { !Self.isPartOfName($0) } ?? code.endIndex
      position = end
      let isWhole = start == 0 || !Self.isPartOfName(code[start - 1])
      // A name that ends in _ is a prefix, to which the script appends the rest.
      guard isWhole, code[end - 1] != UInt8(ascii: "_") else { continue }
      let mention = Mention(
        before: String(decoding: code[..<start], as: UTF8.self),
        after: String(decoding: code[end...], as: UTF8.self))
      let name = String(decoding: code[start..<end], as: UTF8.self)
      switch mention.kind {
      case .use: uses.append(Use(name: name, line: number))
      case .setting: assigned.insert(name)
      case .neither: break
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
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

/// The text before and after the name of a variable in its line.
private struct Mention {
  enum Kind { case use, setting, neither }

  let before: String
  let after: String

  var kind: Kind {
    let isBraced = ["${", "${#", "${!"].contains(where: before.hasSuffix)
    if isBraced || before.hasSuffix("$") {
      let dollar = before.dropLast(before.hasSuffix("$") ? 1 : before.hasSuffix("${") ? 2 : 3)
      let isEscaped = dollar.reversed().prefix { $0 == "\\" }.count % 2 == 1
      return isEscaped ? .neither : isBraced ? expansionKind : .use
    }
    guard ["environ['", "environ[\""].contains(where: before.hasSuffix) else { return .setting }
    let rest = after.dropFirst(2).drop { $0 == " " }
    return rest.hasPrefix("=") && !rest.hasPrefix("==") ? .setting : .use
  }

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
