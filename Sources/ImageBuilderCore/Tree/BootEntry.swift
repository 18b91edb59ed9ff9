import Configuration

/// A boot loader entry as libostree writes it, or with what is special to GRUB escaped.
struct BootEntry {
  /// The directory of the entries in the booted system.
  static let directory = "boot/loader/entries"

  private let lines: [(key: String, value: String)]

  init(_ text: String, isEscaped: Bool) {
    lines = text.split(separator: "\n").map { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      let value = parts.count == 2 ? String(parts[1]) : ""
      return (
        String(parts.first ?? ""), isEscaped ? GRUBScript.withoutEscapes(value) : value
      )
    }
  }

  /// The names of entries among the names in a directory, that of the default one first.
  static func names(among names: [String]) -> [String] {
    names.filter { $0.hasSuffix(".conf") }.sorted { $1.utf8.lexicographicallyPrecedes($0.utf8) }
  }

  var title: String { lines.first { $0.key == "title" }?.value ?? "" }

  /// The values of the lines with a key, without empty ones.
  func values(of key: String) -> [String] {
    lines.filter { $0.key == key && !$0.value.isEmpty }.map(\.value)
  }

  /// The arguments of the kernel.
  var arguments: [String] {
    values(of: "options").flatMap(KernelArguments.split)
  }

  /// The text of the entry with what is special to GRUB escaped.
  var escapedText: String {
    lines.map { key, value in
      switch key {
      case "title": "\(key) \(GRUBScript.escaped(value, keeping: " "))\n"
      case "options":
        "\(key) \(KernelArguments.split(value).map { GRUBScript.escaped($0) }.joined(separator: " "))\n"
      default: "\(key) \(value)\n"
      }
    }.joined()
  }

  /// A script of GRUB that sets the arguments of entries that the menu makes itself.
  var defaultArguments: String {
    let own = arguments.filter { !$0.hasPrefix("ostree=") }.joined(separator: " ")
    return "set default_options=\(GRUBScript.escaped(own))\n"
  }
}
