/// Makes a text from an untrusted source safe to print on one line. Control characters, line
/// separators and invisible characters are escaped, and the text is cut to 400 characters.
package func visible(_ text: String) -> String {
  let longest = 400
  var result = ""
  for scalar in text.unicodeScalars.prefix(longest) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return text.unicodeScalars.count > longest ? result + "..." : result
}

/// Returns the first ten findings, each on an indented line, and the number of the others.
package func listed(_ findings: [String]) -> String {
  let remaining = findings.count - 10
  return findings.prefix(10).map { "\n    \($0)" }.joined()
    + (remaining > 0 ? "\n    and \(remaining) more" : "")
}
