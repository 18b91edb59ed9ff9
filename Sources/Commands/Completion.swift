import ArgumentParser
import Configuration
import Glibc

/// Completes arguments for a shell, using the names in the configuration files. If a file cannot be
/// read, nothing is completed.
enum Completion {
  /// Completes the values of an attribute that can be built: those with a file, and for `arch` and
  /// `platform` the names of the architectures.
  static func names(of attribute: Attribute) -> CompletionKind {
    .custom { words, _, _ in TypedLine(words).sources?.knownNames(of: attribute) ?? [] }
  }

  /// Completes the fleets that have a file.
  static let fleets = CompletionKind.custom { words, _, _ in
    TypedLine(words).sources?.fleets ?? []
  }

  /// Completes the sections of the variant on the command line, and its options as
  /// `SECTION:OPTION`.
  static let namesToExplain = CompletionKind.custom { words, _, _ in
    let names = TypedLine(words).configuration?.namesToExplain ?? []
    // zsh would show the text after a colon as a description.
    return CompletionShell.requesting == .zsh
      ? names.map { $0.replacing(":", with: "\\:") } : names
  }

  /// Completes the last stage of a comma-separated list.
  static let stages = CompletionKind.custom { words, index, _ in
    let word = words.indices.contains(index) ? words[index] : ""
    let named = word.split(separator: ",", omittingEmptySubsequences: false).dropLast()
    let stages = Stage.regular.map(\.rawValue).filter { !named.contains($0[...]) }
    return stages.map { (named + [$0[...]]).joined(separator: ",") }
  }
}

/// An unfinished command line, and the configuration that its options select.
private struct TypedLine {
  private let words: [String]

  init(_ words: [String]) {
    self.words = words
  }

  private static let directories = ["--localdir", "-d", "--configdir", "--sysconfdir"]

  /// The directories, without `--fleet`, which may be the word to complete.
  var sources: ConfigurationSources? { sources(named: Self.directories) }

  private func sources(named names: [String]) -> ConfigurationSources? {
    try? options(DirectoryOptions.self, named: names)?.sources()
  }

  var configuration: Configuration? {
    let options = options(
      VariantOptions.self,
      named: ["--product", "-p", "--arch", "-a", "--platform", "--personality", "-P"])
    guard let sources = sources(named: Self.directories + ["--fleet", "--vars"]),
      let variant = try? options?.variant(branch: VariantOptions.defaultBranch)
    else { return nil }
    return try? ConfigurationLoader(sources).load(variant, settings: BuildSettings())
  }

  private func options<Group: ParsableArguments>(
    _ group: Group.Type, named names: [String]
  ) -> Group? {
    var arguments: [String] = []
    for (word, next) in zip(words, words.dropFirst()) where names.contains(word) {
      arguments += [word, Self.withHome(next)]
    }
    arguments += words.filter { word in names.contains { word.hasPrefix("\($0)=") } }
    return try? Group.parse(arguments)
  }

  /// Returns the word with the home directory in place of a leading `~`, which the shell has not
  /// expanded yet.
  private static func withHome(_ word: String) -> String {
    guard word.hasPrefix("~/"), let home = getenv("HOME") else { return word }
    return String(cString: home) + word.dropFirst()
  }
}
