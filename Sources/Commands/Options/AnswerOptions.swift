import ArgumentParser
import Configuration

/// Options for how answers are written.
struct AnswerOptions: ParsableArguments {
  @Flag(help: "With --show-config or --show-env: print private values too.")
  var `private` = false
  @Flag(help: "Print the answer as a JSON object.")
  var json = false

  var view: Configuration.View { `private` ? .complete : .public }
}
