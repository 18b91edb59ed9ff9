/// The text functions of Python's `str` on which the syntax of the configuration is based.
package enum PythonText {
  /// `str.isspace` for one character.
  package static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0: true
    case 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// `str.strip` without arguments.
  package static func strip(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    stripEnd(text.drop(while: isSpace))
  }

  /// `str.rstrip` without arguments.
  package static func stripEnd(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    var rest = text
    while let last = rest.last, isSpace(last) {
      rest.removeLast()
    }
    return rest
  }

  /// `str.split` without arguments.
  package static func words(_ text: String) -> [String] {
    text.unicodeScalars.split(whereSeparator: isSpace).map { String($0) }
  }

  /// `str.lower`, including its rule for a sigma at the end of a word.
  package static func lowercased(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
      return text.lowercased()
    }
    let scalars = Array(text.unicodeScalars)
    var lowered = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      if scalar.value == 0x3A3 {
        lowered.append(isFinalSigma(at: index, in: scalars) ? "\u{3C2}" : "\u{3C3}")
      } else {
        lowered.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return String(lowered)
  }

  private static func isFinalSigma(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
  }

  /// Returns the lines of a text, without their ends, as a file opened in text mode gives them. A
  /// line ends with LF, CR LF or CR.
  package static func lines(_ text: String) -> [Substring.UnicodeScalarView] {
    let bytes = text.utf8
    var lines: [Substring.UnicodeScalarView] = []
    var start = bytes.startIndex
    var index = start
    while index < bytes.endIndex {
      let byte = bytes[index]
      var next = bytes.index(after: index)
      if byte == 0x0A || byte == 0x0D {
        lines.append(text.unicodeScalars[start..<index])
        if byte == 0x0D, next < bytes.endIndex, bytes[next] == 0x0A {
          next = bytes.index(after: next)
        }
        start = next
      }
      index = next
    }
    if start < bytes.endIndex {
      lines.append(text.unicodeScalars[start...])
    }
    return lines
  }
}
