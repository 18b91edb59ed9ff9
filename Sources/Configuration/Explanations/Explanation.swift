/// Where the value of an option comes from. Private values are replaced or left out.
struct Explanation: Sendable {
  /// A setting in one file or in the program.
  struct Source: Sendable {
    let text: String
    let origin: Origin
  }

  /// A word of a merged option.
  struct Word: Sendable {
    /// One addition or removal of the word.
    struct Change: Sendable {
      let part: MergedPart
      let option: String
      let origin: Origin
    }

    let text: String
    let changes: [Change]
    /// Whether the list is a sequence, from which one removal takes every equal word.
    let isInSequence: Bool

    /// The number of additions minus the number of removals, or in a sequence, how often the word
    /// occurs. The list contains the word if it is positive.
    var count: Int {
      let removals = changes.count { $0.part == .deletion }
      return isInSequence && removals > 0 ? 0 : changes.count - 2 * removals
    }
  }

  /// An option that the value refers to.
  struct Reference: Sendable {
    let name: String
    let value: String
    let origin: Origin
    let references: [Reference]
  }

  /// A requirement of a schema or of the program.
  struct Rule: Sendable {
    let text: String
    let origin: Origin
  }

  let section: String
  let option: String
  /// The value with references expanded; nil if the option is not set or cannot be expanded.
  let value: String?
  /// Why the value cannot be expanded.
  let problem: String?
  /// All settings of the option itself. The first one takes effect.
  let sources: [Source]
  /// The words of a merged option in the order of their first occurrence. Empty if a plain option
  /// replaces the list.
  let words: [Word]
  /// The `_add` and `_del` options that a plain option replaces.
  let replaced: [Source]
  let references: [Reference]
  let rules: [Rule]
  /// The environment variable of the option in hooks.
  let variable: String
  /// What reads the option.
  let readers: [OptionReaders.Reader]
  let documentation: DocumentationComments.Comment?
}

extension Configuration {
  /// The valid arguments of `--explain`: every section, and every option as `SECTION:OPTION`.
  package var namesToExplain: [String] {
    complete.sections.keys.map(\.text)
      + complete.names.map { "\($0.section.text):\($0.option.text)" }
  }

  /// Returns a text that shows where the value of an option comes from, or where those of all
  /// options of a section come from.
  ///
  /// - Parameters:
  ///   - name: `SECTION:OPTION` or `SECTION`.
  ///   - asJSON: whether the text is a JSON object.
  /// - Throws: `ConfigurationError` for a section that is not set, or an option that is neither set
  ///   nor declared.
  package func explanation(of name: String, asJSON: Bool) throws -> String {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let section = ExactName(String(parts[0]))
    let explainer = try Explainer(self)
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
