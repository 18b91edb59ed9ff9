import ArgumentParser
import Configuration

/// `--show-config`: prints the merged configuration of a variant.
struct ShowConfig: Question {
  static let name = "--show-config"

  @Flag(help: "Print the merged configuration.")
  var showConfig = false
  @Flag(help: "With --show-config: expand references.")
  var resolved = false

  var isAsked: Bool { showConfig }

  func validate() throws {
    guard showConfig || !resolved else {
      throw ValidationError("--resolved requires --show-config.")
    }
  }

  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
    let configuration = try command.shownConfiguration(&filter)
    let (view, json) = (command.answers.view, command.answers.json)
    try Commands.answer(configuration.text(view, resolved: resolved, asJSON: json))
    return .success
  }
}
