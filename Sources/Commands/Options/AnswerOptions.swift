import ArgumentParser
import Configuration

/// Options for how answers are written.
struct AnswerOptions: ParsableArguments {
  @Flag(help: "With --show-config or --show-env: show private values too.")
  var `private` = false
  @Flag(help: "Write a JSON object.")
  var json = false

  var view: Configuration.View { `private` ? .complete : .public }
}
