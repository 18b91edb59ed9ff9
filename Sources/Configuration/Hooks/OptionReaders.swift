import SystemPackage

/// Tells what reads an option: the program, the hooks of a variant with the helpers and modules that
/// they use, and other options.
struct OptionReaders {
  /// Something that reads an option.
  enum Reader: Sendable, Equatable {
    case program
    /// A line of a hook, helper or module.
    case script(Origin)
    /// An option that refers to it. `name` is nil if only a private file contains the reference.
    case option(String?, Origin)
  }

  private static let programNames = Set(
    Options.all.map(\.name) + Options.renamed.map(\.former))

  private let scripts: [(path: FilePath, text: ScriptText)]
  private let references: [OptionName: [Reader]]

  init(_ configuration: Configuration, _ scripts: VariantScripts) {
    self.scripts = scripts.all
    references = Self.references(in: configuration)
  }

  /// Returns the readers of an option. Lists of hooks are read by the program or by other hooks, except
  /// those of EIB's group `split`.
  func readers(of name: OptionName) -> [Reader] {
    let variable = Configuration.variable(name.section.text, name.option.text)
    let isOfProgram =
      Self.programNames.contains(name)
      || name.option == "hooks" && name != EIBOptions.splitHooks
    return (isOfProgram ? [.program] : [])
      + scripts.compactMap { script in
        let line = script.text.line(reading: variable) ?? script.text.line(reading: name)
        return line.map { .script(.file(script.path, line: $0)) }
      } + (references[name] ?? [])
  }

  private static func references(in configuration: Configuration) -> [OptionName: [Reader]] {
    var readers: [OptionName: [Reader]] = [:]
    for layer in configuration.layers {
      for (section, options) in layer.file.sections {
        for (option, value) in options where value.text.utf8.contains(UInt8(ascii: "$")) {
          let setting = Setting(value, in: layer.file, isPrivate: layer.isPrivate)
          let name = OptionName(section: section, option: option)
          for piece in (try? ReferenceText.pieces(of: setting, named: name)) ?? [] {
            guard case .reference(let target, let targetOption, _, let textLine) = piece else {
              continue
            }
            readers[OptionName(section: target ?? section, option: targetOption), default: []]
              .append(
                .option(layer.isPrivate ? nil : "\(name)", setting.origin(ofTextLine: textLine)))
          }
        }
      }
    }
    return readers
  }
}

extension ScriptText {
  /// Returns the line in which Python reads an option of the configuration file of a build; nil if
  /// it does not. It reads all options of sections whose first part it names.
  fileprivate func line(reading name: OptionName) -> Int? {
    let section = name.section.text
    let parts = quotedWords.filter { $0.key.hasSuffix("-") && section.hasPrefix($0.key) }
    return
      ([readOptions["\(name)"], readOptions["\(section):"]].compactMap { $0 }
      + parts.values).min()
  }
}
