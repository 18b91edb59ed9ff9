/// All options that the program reads, a type for each section. A new option is a property of its
/// section's type; a new section is a type and a line in `sections`.
package enum Options {
  package static let build = BuildOptions()
  package static let ostree = OSTreeOptions()
  package static let image = ImageOptions()
  package static let bootTest = BootTestOptions()
  package static let publish = PublishOptions()
  package static let cache = CacheOptions()
  package static let variants = VariantsOptions()

  /// In the order in which the merged configuration shows them.
  static let sections: [any OptionSection] =
    [build, ostree, image, bootTest, publish, cache, variants]
    + [HookGroup.content, .manifest, .check, .error].map { HookGroupOptions($0) }

  /// The options of a hook group. Three groups have a section that holds other options too.
  package static func hooks(of group: HookGroup) -> HookGroupOptions { HookGroupOptions(group) }

  /// Every option, in the order of their sections.
  static let all: [any OptionDeclaration] = sections.flatMap(\.options)

  /// The merged options among them.
  static let merged: [MergedOption] = all.filter(\.isMerged).map {
    MergedOption(sectionPattern: $0.name.section.text, option: $0.name.option)
  }

  /// What the program demands of values, whatever a schema says.
  static let rules: [Schema.Rule] = all.compactMap { option in
    option.rule.map {
      Schema.Rule(
        sectionPattern: option.name.section.text, option: option.name.option, kind: $0,
        origin: .builtIn)
    }
  }

  /// Every name that the program sets or has a default for.
  static let names: [OptionName] = all.filter { !$0.isMerged || $0.defaultText != nil }.map {
    OptionName(section: $0.name.section, option: $0.nameOfDefault)
  }

  private static let effects: [OptionName: OptionEffect] =
    Dictionary(all.map { ($0.name, $0.effect) }) { first, _ in first }

  /// What an option, the program's or another one, has an effect on.
  package static func effect(of name: OptionName) -> OptionEffect {
    effects[name] ?? .onOutputs
  }

  /// The first stage that an option has an effect on; nil when no stage makes anything of it.
  ///
  /// A section that no stage reads may be read by any hook, so it has an effect on the first one.
  package static func firstStage(ofSection section: ExactName) -> Stage? {
    sections.first { $0.name == section }.map(\.firstStage) ?? .ostree
  }
}

/// The options of a section: the properties that are declarations.
protocol OptionSection: Sendable {
  var name: ExactName { get }
  /// The first stage that reads the section; nil when nothing that is made depends on it.
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
