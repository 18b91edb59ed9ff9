/// The options that the program reads, with one type for each section. A new option is a property
/// of the type of its section. A new section is a new type and an element of `sections`.
package enum Options {
  package static let build = BuildOptions()
  package static let buildRoot = BuildRootOptions()
  package static let ostree = OSTreeOptions()
  package static let image = ImageOptions()
  package static let virtualMachine = VirtualMachineOptions()
  package static let iso = ISOOptions()
  package static let live = LiveOptions()
  package static let flatpak = FlatpakOptions()
  package static let login = LoginOptions()
  package static let bootTest = BootTestOptions()
  package static let publish = PublishOptions()
  package static let cache = CacheOptions()
  package static let variants = VariantsOptions()
  package static let fleet = FleetOptions()
  package static let release = ReleaseOptions()

  /// The sections, in the order in which the merged configuration shows them.
  static let sections: [any OptionSection] =
    [
      build, buildRoot, ostree, image, virtualMachine, iso, live, flatpak, login, bootTest, publish,
      cache, variants, fleet, release,
    ]
    + [HookGroup.inputs, .content, .manifest, .check, .error].map { HookGroupOptions($0) }

  /// Returns the options of a hook group. The sections `ostree`, `image` and `publish` have other
  /// options too.
  package static func hooks(of group: HookGroup) -> HookGroupOptions { HookGroupOptions(group) }

  /// All options, in the order of their sections.
  static let all: [any OptionDeclaration] = sections.flatMap(\.options)

  /// The deprecated names of options, each with the name that replaces it.
  static let renamed: [(former: OptionName, name: OptionName)] = all.compactMap { option in
    option.formerName.map { ($0, option.name) }
  }

  /// The merged options.
  static let merged: [MergedOption] = all.filter(\.isMerged).map {
    MergedOption(sectionPattern: $0.name.section.text, option: $0.name.option)
  }

  private static let sequences = Set(all.filter(\.isSequence).map(\.name))

  /// Returns whether a merged list is a sequence of kernel arguments.
  static func isSequence(_ name: OptionName) -> Bool { sequences.contains(name) }

  /// Splits the text of a list.
  static func words(of text: String, in name: OptionName) -> [String] {
    isSequence(name) ? KernelArguments.split(text) : PythonText.words(text)
  }

  /// The rules of the program. A line of a schema for the same option and kind of rule replaces
  /// one.
  static let rules: [Schema.Rule] = all.compactMap { option in
    option.rule.map {
      Schema.Rule(
        sectionPattern: option.name.section.text, option: option.name.option, kind: $0,
        origin: .builtIn)
    }
  }

  /// The section patterns of the options that are secret whatever a schema says, by option.
  static let secrets: [ExactName: [String]] = Dictionary(
    grouping: all.filter(\.isSecret), by: \.name.option
  ).mapValues { $0.map(\.name.section.text) }

  /// The names of all options that the program sets or has a default for.
  static let names: [OptionName] = all.filter { !$0.isMerged || $0.defaultText != nil }.map {
    OptionName(section: $0.name.section, option: $0.nameOfDefault)
  }

  private static let effects: [OptionName: OptionEffect] =
    Dictionary(all.map { ($0.name, $0.effect) }) { first, _ in first }

  /// Returns what an option affects. The option need not be one of the program.
  package static func effect(of name: OptionName) -> OptionEffect {
    effects[name] ?? .onOutputs
  }

  /// Returns the first stage that the options of a section affect; nil if they do not affect the
  /// result of any stage.
  ///
  /// Any hook can read a section that the program does not know, so such a section affects all
  /// stages.
  package static func firstStage(ofSection section: ExactName) -> Stage? {
    if Glob.matches(section.text, FlatpakRemoteOptions.sectionPattern) { return .image }
    return sections.first { $0.name == section }.map(\.firstStage) ?? .ostree
  }
}

/// The options of a section. They are the properties whose type is an option declaration.
protocol OptionSection: Sendable {
  var name: ExactName { get }
  /// The first stage that reads the section; nil if no stage's result depends on it.
  var firstStage: Stage? { get }
}

extension OptionSection {
  var options: [any OptionDeclaration] {
    Mirror(reflecting: self).children.flatMap { property in
      (property.value as? HookGroupOptions)?.options
        ?? [property.value as? any OptionDeclaration].compactMap { $0 }
    }
  }
}
