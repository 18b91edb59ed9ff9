import ArgumentParser
import Configuration

/// `--check` and `--check-all`: checks names, values and hooks of one variant or of all.
struct Check: Question {
  static let name = "--check"

  @Flag(help: "Check the variant: names, values and hooks.")
  var check = false
  @Flag(
    help: ArgumentHelp(
      "Check every variant in variants:list or, if it is empty, every variant with files. With "
        + "--fleet: every variant of the fleet."))
  var checkAll = false

  var isAsked: Bool { check || checkAll }

  func validate() throws {
    guard !check || !checkAll else {
      throw ValidationError("Choose one of --check and --check-all.")
    }
  }

  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
    let json = command.answers.json
    let result: ConfigurationCheck
    do {
      // A build reads the settings of the command line before anything else.
      _ = try command.build.settings()
      let loader = try command.loader()
      let variants =
        try checkAll
        ? command.selection.selection.select(VariantList(loader).variants()) : [command.variant()]
      result = ConfigurationCheck.run(variants, loader)
    } catch let error as ConfigurationError where json {
      try Commands.answer(ConfigurationCheck.json(of: error))
      return .dataError
    }
    try Commands.answer(json ? result.json() : result.text)
    if !json { result.messages.forEach(report) }
    return result.isPassed ? .success : .dataError
  }
}
