import SystemPackage

/// The `EIB_*` variables in the text of a hook or helper.
///
/// Comments do not count. What is only mentioned in a message does: a message that names a
/// variable which does not exist is wrong, too.
struct ScriptText: Sendable {
  /// One mention of a variable.
  struct Use: Sendable {
    let name: String
    /// The line, counted from 1.
    let line: Int
    /// Whether the script says what to do when the variable is not set.
    let isOptional: Bool
  }

  private static let prefix = Array("EIB_".utf8)
  private static let assigningWords: Set<String> = [
    "declare", "export", "for", "local", "mapfile", "read", "readarray", "readonly", "typeset",
  ]

  private(set) var uses: [Use] = []
  /// Everything in the code that could be a file's name.
  private(set) var words: Set<String> = []
  /// The variables that the script sets itself.
  private(set) var assigned: Set<String> = []

  init(_ text: String) {
    for (index, line) in PythonText.lines(text).enumerated() {
      read(Array(String(line).utf8), number: index + 1)
    }
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
      if Self.isAssigned(from: start, to: end, in: code) {
        assigned.insert(name)
      } else {
        uses.append(
          Use(
            name: name, line: number, isOptional: Self.isOptional(from: start, to: end, in: code)))
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

  /// `EIB_X=`, `EIB_X+=`, `EIB_X[1]=`, and what stands behind words such as `local` and `read`.
  private static func isAssigned(
    from start: Int, to end: Int, in code: ArraySlice<UInt8>
  ) -> Bool {
    let before = String(decoding: code[..<start], as: UTF8.self)
    guard before.last.map({ " \t;(&|".contains($0) }) ?? true else { return false }
    let after = String(decoding: code[end...], as: UTF8.self)
    if after.prefixMatch(of: #/(\[[^\]]*\])?\+?=(?!=)/#) != nil { return true }
    let words = before.split { " \t;(&|".contains($0) }.map(String.init)
    return words.last { !$0.hasPrefix("-") }.map(assigningWords.contains) ?? false
  }

  /// `${EIB_X:-...}` and its like, `[[ -v EIB_X ]]`, Python's `environ.get('EIB_X')`.
  private static func isOptional(
    from start: Int, to end: Int, in code: ArraySlice<UInt8>
  ) -> Bool {
    let before = String(decoding: code[..<start], as: UTF8.self)
    let after = String(decoding: code[end...], as: UTF8.self)
    if before.hasSuffix("${") { return after.prefixMatch(of: #/:?[-+=?]/#) != nil }
    return before.firstMatch(of: #/(-v +|get(env)?\(["'])$/#) != nil
      || after.prefixMatch(of: #/["'] (not )?in /#) != nil
  }
}
