import ArgumentParser
import Configuration

/// `--show-env`: prints the environment variables of hooks.
struct ShowEnvironment: Question {
  static let name = "--show-env"

  @Flag(help: "Print the environment of hooks.")
  var showEnv = false

  var isAsked: Bool { showEnv }

  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
    let configuration = try command.shownConfiguration(&filter)
    let (view, json) = (command.answers.view, command.answers.json)
    try Commands.answer(configuration.environmentText(view, asJSON: json))
    return .success
  }
}
