import ArgumentParser
import Configuration

/// The command line. `image-builder` and the engine parse the same one.
package struct ImageBuilder: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder",
    abstract: "Build bootable, signed disk images from an OSTree filesystem tree and publish them.",
    discussion: """
      A build needs root privileges. The options of "Show and exit" print an answer instead; they \
      need neither root privileges nor, except for --verify URL and --show-apps, a network.

      "image-builder fleet" works on many variants: image-builder fleet --help.
      "image-builder index" makes the indexes of destinations again: image-builder index --help.

      Exit status: \(ExitStatus.meanings.map { "\($0.rawValue) \($1)" }.joined(separator: "; ")); \
      128+N terminated by signal N.

      See image-builder(8) for details and image-builder.ini(5) for the configuration.
      """)

  @OptionGroup(title: "Variant") var options: VariantOptions
  @Argument(help: "Branch to build.", completion: Completion.names(of: .branch))
  var branch = VariantOptions.defaultBranch
  @OptionGroup(title: "Configuration") package var directories: DirectoryOptions
  @OptionGroup(title: "Build") package var build: BuildCommandOptions
  @OptionGroup(title: "Show and exit") var showConfig: ShowConfig
  @OptionGroup(title: "Show and exit") var showEnvironment: ShowEnvironment
  @OptionGroup(title: "Show and exit") var explain: Explain
  @OptionGroup(title: "Show and exit") var check: Check
  @OptionGroup(title: "Show and exit") var selection: SelectionOptions
  @OptionGroup(title: "Show and exit") package var verify: Verify
  @OptionGroup(title: "Show and exit") package var apps: ShowApps
  @OptionGroup(title: "Show and exit") var answers: AnswerOptions

  package init() {}

  private var questions: [any Question] {
    [showConfig, showEnvironment, explain, check, verify, apps]
  }

  /// Checks that the options can be used together.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    let asked = questions.filter(\.isAsked)
    guard asked.count <= 1 else {
      let names = asked.map { type(of: $0).name }
      throw ValidationError("Choose one of \(names.joined(separator: " and ")).")
    }
    if let option = selection.given, !check.checkAll {
      throw ValidationError("\(option) requires --check-all.")
    }
    guard showConfig.isAsked || showEnvironment.isAsked || !answers.private else {
      throw ValidationError("--private requires --show-config or --show-env.")
    }
    guard !answers.json || (!asked.isEmpty && !verify.isAsked) else {
      throw ValidationError(
        "--json requires --show-config, --show-env, --explain, --check, --check-all or --show-apps."
      )
    }
  }

  /// Answers the question, or starts the engine for a build.
  package func run() throws {
    try reportingErrors { filter in
      _ = try build.request()
      guard let question = questions.first(where: \.isAsked) else { try Engine.run() }
      return try question.answer(self, &filter)
    }
  }

  /// Returns the variant.
  ///
  /// - Throws: `ConfigurationError`.
  package func variant() throws -> Variant { try options.variant(branch: branch) }

  /// Returns the variant with another personality.
  ///
  /// - Throws: `ConfigurationError`.
  package func variant(replacingPersonality personality: String) throws -> Variant {
    var options = options
    options.personality = personality
    return try options.variant(branch: branch)
  }

  /// Whether the answer is JSON.
  package var isJSON: Bool { answers.json }

  /// Reads the schema of the directories that the command line names.
  ///
  /// - Throws: `ConfigurationError`, `MissingProgramFiles`.
  package func loader() throws -> ConfigurationLoader {
    try ConfigurationLoader(directories.sources())
  }

  /// Loads the configuration of the variant, sets `filter` to remove its private values, and prints
  /// its warnings and the names that a build refuses.
  ///
  /// - Throws: `ConfigurationError`, `MissingProgramFiles`.
  package func shownConfiguration(_ filter: inout MessageFilter) throws -> Configuration {
    let configuration = try loader().load(variant(), settings: build.settings())
    // Only a message needs the filter, and many private values make it slow to make.
    lazy var secrets = configuration.secretFilter
    filter = { secrets($0) }
    report(configuration.warningsOfHooks.map { filter("warning: \($0)") })
    report(configuration.refusedNames.map { filter("warning: \($0) (a build is refused)") })
    return configuration
  }
}
