import Glibc
import SystemPackage

/// The interpreter that the `#!` line of a script names.
struct Interpreter {
  /// The program and the arguments that the kernel puts before the path of the script.
  private(set) var words: [String]
  /// Whether `env -S` splits the rest of the line. Otherwise env takes it as one name.
  private let isSplit: Bool

  init?(_ text: String) {
    guard text.utf8.starts(with: "#!".utf8) else { return nil }
    let line = text.dropFirst(2).prefix { !$0.isNewline }
    words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
    if words.isEmpty { return nil }
    isSplit = words.count > 2 && words[0].hasSuffix("/env") && words[1] == "-S"
    if isSplit { words.remove(at: 1) }
  }

  private var isFoundByEnv: Bool { words[0].hasSuffix("/env") && words.count > 1 }

  /// The file name of the interpreter.
  var program: String {
    (isFoundByEnv ? words[1] : words[0]).split(separator: "/").last.map(String.init) ?? words[0]
  }

  var isPython: Bool { program.hasPrefix("python") }
  var isBash: Bool { program == "bash" }
  var isShell: Bool { ["bash", "sh", "dash"].contains(program) }

  /// Why the kernel or env could not run the interpreter; nil if nothing is wrong.
  var problem: String? {
    if access(words[0], X_OK) != 0 { return missing(words[0]) }
    guard isFoundByEnv, !words[1].hasPrefix("-"), !words[1].contains("=") else { return nil }
    if words.count > 2, !isSplit {
      let name = words[1...].joined(separator: " ")
      return "env takes '\(name)' for the name of one program; write \(words[0]) -S \(name)"
    }
    let isThere = SearchPath.find(words[1]) != nil
    return isThere ? nil : missing(words[1])
  }

  /// The Debian package of a program that is not there, if its name is that of its package or is
  /// one of the known exceptions.
  var package: String? {
    let packages = [
      "bash": "bash", "dash": "dash", "fish": "fish", "gawk": "gawk", "gjs": "gjs",
      "ksh": "ksh93u+m", "node": "nodejs", "perl": "perl", "php": "php-cli", "python3": "python3",
      "python": "python-is-python3", "ruby": "ruby", "tclsh": "tcl", "zsh": "zsh",
    ]
    return packages[program]
  }

  private func missing(_ program: String) -> String {
    "the program \(program) of the #! line is not installed; install it"
  }
}
