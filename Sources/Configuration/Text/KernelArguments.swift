/// The arguments of a kernel's command line, as the kernel splits and reads them (linux,
/// lib/cmdline.c).
package enum KernelArguments {
  /// The length that all arguments may have together. The kernel's limit is 2048 bytes on all
  /// architectures; the rest is for the arguments that the builder and the boot loader add.
  static let maximumLengthInBytes = 1700

  /// Splits a text at blanks outside of double quotes. The quotes are kept. A quote that is not
  /// closed extends to the end.
  package static func split(_ text: String) -> [String] {
    var isQuoted = false
    return text.unicodeScalars.split { scalar in
      if scalar == "\"" { isQuoted.toggle() }
      return !isQuoted && PythonText.isSpace(scalar)
    }.map { String($0) }
  }

  /// Returns an argument without its double quotes: `a="b c"` is `a=b c`.
  package static func unquoted(_ argument: String) -> String {
    argument.filter { $0 != "\"" }
  }

  /// Returns why an argument cannot be set; nil if it can.
  static func problem(_ argument: String) -> String? {
    let text = unquoted(argument)
    let name = text.prefix { $0 != "=" }.replacing("-", with: "_")
    if argument.count(where: { $0 == "\"" }) % 2 == 1 { return "a double quote is not closed" }
    if ["root", "ostree", "initrd", "BOOT_IMAGE"].contains(name) {
      return "the builder and the boot loader set \(name)="
    }
    if text == "--" { return "ostree=, which follows, would become an argument of init" }
    guard argument.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return "the kernel reads only printable ASCII characters reliably"
    }
    if text.isEmpty { return "it is empty" }
    if argument != text, ![quoted(text), quotedValue(text)].contains(argument) {
      return #"double quotes must hold the whole argument or its whole value: a="b c""#
    }
    if text.contains("'") || text.contains("\\") {
      return #"GRUB puts a backslash before each ' and each \"#
    }
    return nil
  }

  private static func quoted(_ text: String) -> String { "\"\(text)\"" }

  private static func quotedValue(_ text: String) -> String? {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    return "\(text[...equals])\(quoted(String(text[text.index(after: equals)...])))"
  }
}
