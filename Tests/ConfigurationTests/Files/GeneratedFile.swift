import TestSupport

/// Generates INI files from parts that are easily parsed incorrectly.
struct GeneratedFile {
  var generator: SeededGenerator

  private static let sections = [
    "[a]", "[a]", "[b]", "[b]", "[build]", "[DEFAULT]", "[DEFAULT]", "[DEFAULT]", "[default]",
    "[a] b]", "[ a ]", "[]]", "[[b]]", "[A]", "[caf\u{E9}]", "[cafe\u{301}]", "[a]=x",
    "[a:b] tail", "[a]\u{301}", "[a\u{301}]", "[\u{301}]", "[a\t]", "[%]", "[a] # tail",
    "[\u{130}]", "[a\u{85}b]", "[nul\u{0}]",
  ]
  private static let names = [
    "x", "X", "y", "Y", "z", "key two", "caf\u{E9}", "cafe\u{301}", "CAF\u{C9}", "\u{130}x",
    "i\u{307}x", "\u{39F}\u{3A3}", "\u{3A3}x", "\u{39F}\u{3A3}.", "\u{39F}\u{3A3}\u{301}y", "[x",
    "x\u{301}", "\u{301}x", "a.b-c", "%x%", "x%(y)s", "$x", "nul\u{0}", "]", "\u{200B}x",
    "tab\tname", "\u{1E9E}", "\u{10400}", "${x}",
  ]
  private static let delimiters = [
    "=", "=", " = ", " = ", " = ", ":", " : ", " =", "= ", "==", " := ", "\u{A0}=\t", "\u{85}=",
    "\u{2028}:\u{3000}", "=\u{301}", "\u{301}=", ":\u{301}", "\t=\u{1F}",
  ]
  private static let pieces = [
    "", "", "1", "true", "a b", "a = b", "# no comment", "; neither", "v # still value", "${x}",
    "${y}", "${z}", "${a:x}", "${b:x}", "${DEFAULT:x}", "${default:x}", "${X}", "${A:x}",
    "${b:X}", "${nosuch}", "${no:such}", "$$", "$$x", "$$$$", "$${x}", "$$${x}", "$", "${", "${}",
    "${a${b}}", "${a${x}}", "${a:b:c}", "${:x}", "${a:}", "${x }", "${ x}", "pre ${x} post ${y}",
    "${z}${z}", "${caf\u{E9}}", "${cafe\u{301}}", "${x\u{301}}", "${\u{130}X}", "${I\u{307}X}",
    "${\u{39F}\u{3A3}}", "${%x%}", "${x\n }", "${\n  x}", "$\n {x}", "\u{2003}wide\u{2003}",
    "\u{301}mark", "tab\tinside", "\u{B}vertical\u{B}", "\u{C}", "\u{1C}a\u{1F}", "\u{85}",
    "\u{2028}line", "nul\u{0}", "%(x)s", "%", "]", "[b]", "=", "\u{FEFF}", "\u{1F600}",
  ]
  private static let indents = [
    "", "", "", "", "", "", "", " ", "  ", "    ", "\t", "\t\t", "\u{A0}", "\u{3000} ", "\u{C}",
    "\u{1C}", "\u{1F}", "\u{85}", "\u{2029}", "\u{200B}", "\u{180E}",
  ]
  private static let ends =
    Array(repeating: "\n", count: 20) + [
      "\r\n", "\r\n", "\r", "\r", "\n\n", "\n \t\n", "\n\u{2003}\n", "\r\r\n", "\n\r", "\u{85}",
      "\u{2028}", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{1F}",
    ]
  private static let refused = ["no delimiter", "[]", "[a", "= x", " : x", "\u{FEFF}[a]"]
  private static let invalidBytes: [[UInt8]] = [
    [0x80], [0xC3, 0x28], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xF4, 0x90, 0x80, 0x80],
    [0xFF],
  ]

  mutating func bytes() -> [UInt8] {
    let text = generator.isOnce(in: 8) ? chain() : text()
    switch Int.random(in: 0..<40, using: &generator) {
    case 0: return [0xEF, 0xBB, 0xBF] + text.utf8
    case 1: return cut(text, putting: generator.pick(GeneratedFile.invalidBytes))
    case 2...3: return cut(text, putting: Array(generator.pick(GeneratedFile.pieces).utf8))
    case 4: return Array(text.utf8.dropLast(Int.random(in: 0...text.utf8.count, using: &generator)))
    default: return Array(text.utf8)
    }
  }

  private mutating func text() -> String {
    var names = GeneratedFile.names.shuffled(using: &generator)
    var text = generator.isOnce(in: 10) ? "" : generator.pick(["[a]\n", "[b]\n", "[DEFAULT]\n"])
    for _ in 0..<Int.random(in: 0..<9, using: &generator) {
      text += line(&names) + generator.pick(GeneratedFile.ends)
    }
    return text
  }

  private mutating func line(_ names: inout [String]) -> String {
    let indent = generator.pick(GeneratedFile.indents)
    switch Int.random(in: 0..<40, using: &generator) {
    case 0...4: return indent + generator.pick(GeneratedFile.sections)
    case 5...8: return indent + generator.pick(["# comment", "; comment", "#", "# x = y", ";["])
    case 9...14: return generator.pick(["  ", "\t", "\u{A0}", "     "]) + value()
    case 15: return "  " + generator.pick(GeneratedFile.sections)
    case 16: return indent
    case 17: return generator.pick(GeneratedFile.refused)
    default:
      // Duplicate names are rare, because they make the file invalid.
      let name =
        generator.isOnce(in: 20)
        ? generator.pick(GeneratedFile.names) : names.popLast() ?? "last"
      return indent + name + generator.pick(GeneratedFile.delimiters) + value()
    }
  }

  private mutating func value() -> String {
    if generator.isOnce(in: 200) {
      return String(repeating: generator.pick(["long ", "\u{E9}", "$$", "# "]), count: 3000)
    }
    let more = generator.isOnce(in: 3) ? generator.pick(GeneratedFile.pieces) : ""
    return generator.pick(GeneratedFile.pieces) + more
  }

  /// Generates references to references, with a depth near the limit.
  private mutating func chain() -> String {
    let isSpread = Bool.random(using: &generator)
    var text = generator.pick(["[DEFAULT]", "[a]", "[c0]"]) + "\nv0 = "
    text += generator.pick(["end", "$$", "${v0}", "${V3}", "", "${x}", "$$${v0}"]) + "\n"
    for number in 1...Int.random(in: 7...11, using: &generator) {
      let target = generator.pick(["v", "v", "V"]) + "\(number - 1)"
      if isSpread {
        let section = generator.pick(["", "", "c\(number - 1):", "DEFAULT:"])
        text += "[c\(number)]\nv\(number) = ${\(section)\(target)}\n"
      } else {
        text += "v\(number) = ${\(target)}\n"
      }
    }
    return text
  }

  /// Inserts bytes at a random position, which may be inside a character.
  private mutating func cut(_ text: String, putting middle: [UInt8]) -> [UInt8] {
    let bytes = Array(text.utf8)
    let place = Int.random(in: 0...bytes.count, using: &generator)
    return bytes[..<place] + middle + bytes[place...]
  }
}
