/// Text of unknown origin on one line, without characters that control a terminal or are invisible.
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

/// The first ten of some findings, each on an indented line, and how many more there are.
package func listed(_ findings: [String]) -> String {
  let untold = findings.count - 10
  return findings.prefix(10).map { "\n    \($0)" }.joined()
    + (untold > 0 ? "\n    and \(untold) more" : "")
}
