import SystemPackage

/// The `EIB_*` variables in the text of a hook or helper.
///
/// A use is what reads the value: an expansion in bash, a look into the environment in Python, and
/// `[[ -v EIB_X ]]`. `${!EIB_X*}` lists names and reads none. A name that stands for itself outside of quotes (`read -r EIB_X`, `printf -v EIB_X`,
/// `getopts a: EIB_X`) is one that the script sets. Comments and texts do not count.
struct ScriptText: Sendable {
  /// One use of a variable.
  struct Use: Sendable {
    let name: String
    /// The line, counted from 1.
    let line: Int
    /// Whether the script says what to do when the variable is not set.
    let isOptional: Bool
  }

  private static let prefix = Array("EIB_".utf8)

  /// The first use of each variable.
  private(set) var uses: [Use] = []
  /// Everything in the code that could be a file's name.
  private(set) var words: Set<String> = []
  /// The variables that the script sets itself.
  private(set) var assigned: Set<String> = []

  init(_ text: String) {
    for (index, line) in PythonText.lines(text).enumerated() {
      read(Array(String(line).utf8), number: index + 1)
    }
    var seen: Set<String> = []
    uses = uses.filter { seen.insert("\($0.name) \($0.isOptional)").inserted }
  }

  private mutating func read(_ line: [UInt8], number: Int) {
    let code = Self.withoutComment(line)
    for word in code.split(whereSeparator: { !Self.isPartOfFileName($0) }) {
      words.insert(String(decoding: word, as: UTF8.self))
    }
    var position = 0
    while let start = code[position...].firstRange(of: Self.prefix)?.lowerBound {
      let end = code[start...].firstIndex { !Self.isPartOfName($0) } ?? code.endIndex
      position = end
      let isWhole = start == 0 || !Self.isPartOfName(code[start - 1])
      // A name that ends in _ is the beginning of one that is put together.
      guard isWhole, code[end - 1] != UInt8(ascii: "_") else { continue }
      let name = String(decoding: code[start..<end], as: UTF8.self)
      let mention = Mention(
        before: String(decoding: code[..<start], as: UTF8.self),
        after: String(decoding: code[end...], as: UTF8.self))
      if mention.isSetting { assigned.insert(name) }
      if mention.isUse {
        uses.append(Use(name: name, line: number, isOptional: mention.isOptional))
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

  private static func isPartOfFileName(_ byte: UInt8) -> Bool {
    isPartOfName(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
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

/// What stands on both sides of a variable's name in its line.
private struct Mention {
  let before: String
  let after: String

  /// `$EIB_X`, `${EIB_X`, `${#EIB_X`, `${!EIB_X`, but not `\$EIB_X`.
  private var isExpansion: Bool {
    before.firstMatch(of: #/(^|[^\\])(\\\\)*\$({[!#]?)?$/#) != nil
  }

  /// `${!EIB_X*}`, `${!EIB_X@}`.
  private var isBeginningOfNames: Bool {
    before.hasSuffix("${!") && after.prefixMatch(of: #/[*@]}/#) != nil
  }

  /// `[[ -v EIB_X ]]`, `test -v EIB_X`, but not `printf -v EIB_X`.
  private var isTest: Bool {
    before.firstMatch(of: #/(\[\s+([^\]]*\s)?|\btest\s+(!\s+)?)-v\s+["']?$/#) != nil
  }

  /// `environ['EIB_X']`, `environ.get('EIB_X')`, `getenv('EIB_X')`, `'EIB_X' in os.environ`.
  private var isLookIntoEnvironment: Bool {
    before.firstMatch(of: #/(environ\[|environ\.[a-z]+\(|getenv\()\s*["']$/#) != nil
      || after.prefixMatch(of: #/["'] (not )?in [a-z.]*environ/#) != nil
  }

  /// `${EIB_X:=...}`, `environ['EIB_X'] =`, `environ.setdefault('EIB_X'`, and names outside of
  /// quotes or with an equals sign behind them.
  var isSetting: Bool {
    if isTest { return false }
    if isExpansion { return after.prefixMatch(of: #/:?=/#) != nil }
    if isLookIntoEnvironment {
      return after.prefixMatch(of: #/["']\]\s*=[^=]/#) != nil || before.contains("setdefault(")
    }
    let isQuoted = before.count { $0 == "\"" } % 2 == 1 || before.hasSuffix("'")
    return !before.hasSuffix("$") && (!isQuoted || after.prefixMatch(of: #/\+?=/#) != nil)
  }

  var isUse: Bool {
    isTest || (isExpansion && !isBeginningOfNames) || (isLookIntoEnvironment && !isSetting)
  }

  /// `${EIB_X:-...}` and its like, `-v`, `environ.get`, `getenv`, `in environ`.
  var isOptional: Bool {
    isExpansion
      ? before.hasSuffix("{") && after.prefixMatch(of: #/:?[-+=?]/#) != nil
      : before.firstMatch(of: #/environ\[\s*["']$/#) == nil
  }
}
