/// Random numbers that are the same for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Makes INI files out of the pieces that are easy to read wrongly.
struct GeneratedFile {
  var generator: SeededGenerator

  private static let sections = [
    "[a]", "[b]", "[build]", "[DEFAULT]", "[default]", "[a] b]", "[ a ]", "[]", "[]]", "[a", " [b]",
    "[caf\u{E9}]", "[cafe\u{301}]", "[a]=x", "[a:b] trailing",
  ]
  private static let names = [
    "x", "X", "y", "z", "key two", "caf\u{E9}", "cafe\u{301}", "\u{130}x", "\u{39F}\u{3A3}",
    "\u{3A3}x", "[x", "x\u{301}", "", "a.b-c",
  ]
  private static let delimiters = [
    "=", " = ", ":", " : ", " =", "= ", "==", " := ", "", "\u{A0}=\t",
  ]
  private static let values = [
    "", "1", "true", "a b", "a = b", "# no comment", "; neither", "v # still value", "${x}", "${y}",
    "${b:x}", "${DEFAULT:x}", "${X}", "${nosuch}", "${no:such}", "$$", "$$x", "$", "${", "${}",
    "${a${b}}", "${a:b:c}", "pre ${x} post ${y}", "${z}${z}", "\u{2003}wide\u{2003}",
    "\u{301}mark", "${caf\u{E9}}", "tab\tinside", "\u{B}vertical", "\u{2028}line", "nul\u{0}",
  ]
  private static let indents = ["", "", "", "  ", "    ", "\t", "\u{A0}", "\u{3000} "]
  private static let ends = ["\n", "\n", "\n", "\r\n", "\r", "\n\n", "\n \t\n"]

  mutating func text() -> String {
    var text = Int.random(in: 0..<10, using: &generator) == 0 ? "" : "[a]\n"
    for _ in 0..<Int.random(in: 0..<9, using: &generator) {
      text += line() + pick(GeneratedFile.ends)
    }
    return text
  }

  private mutating func line() -> String {
    switch Int.random(in: 0..<12, using: &generator) {
    case 0...1: pick(GeneratedFile.sections)
    case 2: pick(GeneratedFile.indents) + pick(["# comment", "; comment", "#", "# x = y"])
    case 3...4: pick(["  ", "\t", "\u{A0}"]) + pick(GeneratedFile.values)
    default:
      pick(GeneratedFile.indents) + pick(GeneratedFile.names) + pick(GeneratedFile.delimiters)
        + pick(GeneratedFile.values)
    }
  }

  private mutating func pick(_ choices: [String]) -> String {
    choices.randomElement(using: &generator) ?? ""
  }
}
