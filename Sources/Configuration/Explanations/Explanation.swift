/// Where the value of an option comes from. Private values are not in it.
struct Explanation: Sendable {
  /// One file's setting.
  struct Source: Sendable {
    let text: String
    let origin: Origin
  }

  /// A word of a merged option.
  struct Word: Sendable {
    /// A part that adds the word or takes it away.
    struct Change: Sendable {
      let part: MergedPart
      let option: String
      let origin: Origin
    }

    let text: String
    let changes: [Change]

    /// How often it was added less how often it was taken away; with one or more it stays.
    var count: Int { changes.reduce(0) { $0 + ($1.part == .addition ? 1 : -1) } }
  }

  /// An option that the text refers to.
  struct Reference: Sendable {
    let name: String
    let value: String
    let origin: Origin
    let references: [Reference]
  }

  /// What a schema or the program demands.
  struct Rule: Sendable {
    let text: String
    let origin: Origin
  }

  let section: String
  let option: String
  /// The value with references expanded; nil when the option is not set.
  let value: String?
  /// Why there is no value though the option is set.
  let problem: String?
  /// Every setting of the option itself, the one that counts first.
  let sources: [Source]
  /// The words of a merged option in the order in which they were seen; none when a plain option
  /// replaces the list.
  let words: [Word]
  /// Parts of a merged option that a plain one replaces.
  let replaced: [Source]
  let references: [Reference]
  let rules: [Rule]
  /// The variable in the environment of hooks.
  let variable: String
  let documentation: DocumentationComments.Comment?
}

extension Configuration {
  /// What `--explain` may be asked for: every section, and every option as `SECTION:OPTION`.
  package var namesToExplain: [String] {
    complete.sections.keys.map(\.text)
      + complete.names.map { "\($0.section.text):\($0.option.text)" }
  }

  /// Tells of an option, or of all options of a section, where its value comes from.
  ///
  /// - Parameter name: `SECTION:OPTION` or `SECTION`.
  /// - Throws: `ConfigurationError` for a name that nothing sets or declares.
  package func explanation(of name: String, asJSON: Bool) throws -> String {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let section = ExactName(String(parts[0]))
    let explainer = Explainer(self)
    guard parts.count == 2 else {
      let explanations = try explainer.explanations(of: section)
      return asJSON
        ? try JSONValue.object(["options": .array(explanations.map(\.json))]).text()
        : explanations.map(\.text).joined(separator: "\n")
    }
    let option = ExactName(PythonText.lowercased(String(parts[1])))
    let explanation = try explainer.explanation(
      of: OptionName(section: section, option: option))
    return asJSON ? try explanation.json.text() : explanation.text
  }
}
