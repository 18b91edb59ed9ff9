import Configuration

/// The command line of a process that others started, as a part of one line of a log: without
/// private values and control characters, and not too long.
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

  /// The end of a sentence about what was ended while these ran.
  static func sentence(_ commandLines: [String], _ secrets: SecretFilter) -> String {
    let commands = commandLines.prefix(5).map { LoggedCommand($0, secrets).description }
    return commands.isEmpty ? "" : ", during: \(commands.joined(separator: "; "))"
  }
}
