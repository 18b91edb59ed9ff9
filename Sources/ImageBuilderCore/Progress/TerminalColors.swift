import Configuration
import Glibc

/// Colours of words on a terminal (ECMA-48, "SGR").
package struct TerminalColors: Sendable {
  enum Color: Int, Sendable {
    case none = 0
    case red = 31
    case green = 32
    case yellow = 33
  }

  let isOn: Bool

  init(isOn: Bool) {
    self.isOn = isOn
  }

  /// Whether standard output is a terminal that shows colours, and the user has not declined them
  /// (NO_COLOR, https://no-color.org).
  package static var areWanted: Bool {
    let environment = currentEnvironment()
    return isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
      && !["", "dumb"].contains(environment["TERM"] ?? "")
  }

  func text(_ text: String, _ color: Color) -> String {
    isOn && color != .none ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
  }
}
