/// The forms of EIB's options that ArgumentParser does not read.
///
/// The parser of EIB, Python's argparse, accepts the beginning of a long option if no other option
/// has it, and a value that directly follows a short option: `--pr eos`, `-peos`.
package enum InheritedSyntax {
  private static let longOptions = [
    "arch", "debug", "dry-run", "group-by", "help", "localdir", "lock-timeout", "personality",
    "platform", "product", "show-apps", "show-config", "trim", "use-production",
    "use-production-ostree",
  ]
  private static let flags: Set<Character> = ["h", "n"]
  private static let optionsWithValue: [Character: String] = [
    "a": "arch", "d": "localdir", "p": "product", "P": "personality",
  ]

  /// Returns the arguments with these forms replaced by those that ArgumentParser reads. A beginning
  /// means what it means for EIB, even if an option that EIB does not have begins with it, too.
  package static func replaced(in arguments: some Collection<String>) -> [String] {
    let options = arguments.prefix { $0 != "--" }
    return options.flatMap(replacement) + arguments.dropFirst(options.count)
  }

  private static func replacement(for word: String) -> [String] {
    if word.hasPrefix("--") { return [longOption(word)] }
    return word.hasPrefix("-") && word.count > 2 ? shortOptions(word) ?? [word] : [word]
  }

  private static func longOption(_ word: String) -> String {
    let name = word.dropFirst(2).prefix { $0 != "=" }
    let meant = longOptions.filter { $0.hasPrefix(name) }
    guard meant.count == 1, let option = meant.first else { return word }
    return "--\(option)\(word.dropFirst(2 + name.count))"
  }

  /// Returns the options of a word such as `-npeos`; nil if a letter is none of EIB's options.
  private static func shortOptions(_ word: String) -> [String]? {
    var options: [String] = []
    var rest = word.dropFirst()
    while let letter = rest.popFirst() {
      if let option = optionsWithValue[letter] {
        let value = rest.hasPrefix("=") ? rest.dropFirst() : rest
        return options + (rest.isEmpty ? ["-\(letter)"] : ["--\(option)=\(value)"])
      }
      guard flags.contains(letter) else { return nil }
      options.append("-\(letter)")
    }
    return options
  }
}
