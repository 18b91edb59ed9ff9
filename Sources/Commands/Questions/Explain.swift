import ArgumentParser
import Configuration

/// `--explain`: shows which files and lines set an option.
struct Explain: Question {
  static let name = "--explain"

  @Option(
    help: ArgumentHelp(
      "Show where the value of an option, or of each option of a section, comes from.",
      valueName: "section[:option]"),
    completion: Completion.namesToExplain)
  var explain: String?

  var isAsked: Bool { explain != nil }

  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
    let configuration = try command.shownConfiguration(&filter)
    try Commands.answer(
      configuration.explanation(of: explain ?? "", asJSON: command.answers.json))
    return .success
  }
}
