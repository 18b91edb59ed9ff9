import ArgumentParser
import Configuration

/// The command line. It is the same for the command, which answers questions, and for the engine.
package struct ImageBuilder: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder",
    abstract: "Turns an OSTree filesystem tree into bootable, signed, published disk images.",
    discussion: """
      A build needs root; the options that only show something need neither root nor network.

      Exit status: 0 built; 2 the build failed; 64 wrong usage; 65 the configuration or input \
      data is wrong; 69 a required tool, key or remote is missing; 75 another build holds the \
      lock; 128+N ended by signal N.
      """)

  @OptionGroup(title: "Variant") package var variant: VariantOptions
  @OptionGroup(title: "Directories") package var directories: DirectoryOptions
  @OptionGroup(title: "Build") package var build: BuildCommandOptions
  @OptionGroup(title: "Show and exit") var showConfig: ShowConfig
  @OptionGroup(title: "Show and exit") var showEnvironment: ShowEnvironment
  @OptionGroup(title: "Show and exit") var explain: Explain
  @OptionGroup(title: "Show and exit") var check: Check
  @OptionGroup(title: "Show and exit") package var verify: Verify
  @OptionGroup(title: "Show and exit") var answers: AnswerOptions

  package init() {}

  private var questions: [any Question] { [showConfig, showEnvironment, explain, check, verify] }

  package func validate() throws {
    let asked = questions.filter(\.isAsked)
    guard asked.count <= 1 else {
      let names = asked.map { type(of: $0).name }
      throw ValidationError("Choose one of \(names.joined(separator: " and ")).")
    }
    guard showConfig.isAsked || showEnvironment.isAsked || !answers.private else {
      throw ValidationError("--private goes with --show-config or --show-env.")
    }
    guard !answers.json || (!asked.isEmpty && !verify.isAsked) else {
      throw ValidationError(
        "--json goes with --show-config, --show-env, --explain, --check or --check-all.")
    }
  }

  /// Answers the question, or hands the build to the engine.
  package func run() throws {
    try reportingErrors { filter in
      guard let question = questions.first(where: \.isAsked) else { try Engine.run() }
      return try question.answer(self, &filter)
    }
  }

  package func loader() throws -> ConfigurationLoader {
    try ConfigurationLoader(directories.sources())
  }

  /// The configuration of the variant, after a word about what is odd in it.
  func shownConfiguration(_ filter: inout MessageFilter) throws -> Configuration {
    let configuration = try loader().load(variant.variant(), settings: build.settings())
    let secrets = configuration.secretFilter
    filter = { secrets($0) }
    for warning in configuration.warnings { complain(filter("warning: \(warning)")) }
    for error in configuration.refusedNames {
      complain(filter("warning: \(error) (a build is refused)"))
    }
    return configuration
  }
}
