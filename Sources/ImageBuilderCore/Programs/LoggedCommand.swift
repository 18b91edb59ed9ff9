import Configuration

/// The command line of a process, as a part of a log line: without private values and control
/// characters, and limited in length.
struct LoggedCommand: Sendable, CustomStringConvertible {
  private static let longestText = 300

  let description: String

  init(_ commandLine: String, _ secrets: SecretFilter) {
    let text = secrets(commandLine).map { character in
      character.unicodeScalars.contains { $0.properties.generalCategory == .control }
        ? " " : character
    }
    description =
      String(text.prefix(Self.longestText)) + (text.count > Self.longestText ? "..." : "")
  }

  /// The end of a sentence about something that was ended while these commands ran.
  static func sentence(_ commandLines: [String], _ secrets: SecretFilter) -> String {
    let commands = commandLines.prefix(5).map { LoggedCommand($0, secrets).description }
    return commands.isEmpty ? "" : ", during: \(commands.joined(separator: "; "))"
  }
}
