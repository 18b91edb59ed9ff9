/// What scripts of iPXE can contain.
package enum IPXESyntax {
  /// Why a script of iPXE cannot contain an argument, worded to follow it; nil if it can.
  ///
  /// iPXE has no quotes: it splits a line at blanks, joins the words with single ones, expands
  /// `${NAME}`, and takes some words as the end of a command (src/core/exec.c).
  package static func problem(_ argument: String) -> String? {
    // iPXE reads bytes. A blank with a combining character after it is another `Character`.
    let words = argument.utf8.split(
      separator: UInt8(ascii: " "), omittingEmptySubsequences: false
    ).map { String(decoding: $0, as: UTF8.self) }
    if argument.utf8.contains("${".utf8) { return "contains ${, which iPXE expands" }
    let isKept = argument.unicodeScalars.allSatisfy {
      $0 == " " || !$0.properties.isWhitespace && $0.properties.generalCategory != .control
    }
    if words.contains("") || !isKept {
      return "has blanks or control characters that iPXE does not keep"
    }
    let special = words.first {
      ["||", "&&", ";"].contains($0) || $0.utf8.first == UInt8(ascii: "#")
    }
    return special.map { "has the word \($0), which ends a command of iPXE" }
  }
}
