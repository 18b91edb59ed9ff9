import OrderedCollections

/// Determines where values come from.
struct Explainer {
  private static let mostSuggestions = 5

  private let configuration: Configuration
  private let interpolator: Interpolator
  private let documentation: DocumentationComments
  private let readers: OptionReaders

  /// - Throws: `ConfigurationError` if the hooks of the variant cannot be determined.
  init(_ configuration: Configuration) throws(ConfigurationError) {
    self.configuration = configuration
    readers = OptionReaders(configuration, try VariantScripts(of: configuration))
    let (complete, schema) = (configuration.complete, configuration.schema)
    interpolator = Interpolator(
      store: complete,
      hides: { name in
        guard let setting = complete[name] else { return false }
        return schema.isSecret(name) || setting.isPrivate && !setting.isMerged
      })
    documentation = DocumentationComments(configuration.sources)
  }

  /// Returns explanations of all options that are set in a section.
  func explanations(of section: ExactName) throws(ConfigurationError) -> [Explanation] {
    let options = configuration.complete.options(in: section)
    guard !options.isEmpty else {
      throw .unknownSection(section.text, nearest: nearest(toSection: section.text), at: nil)
    }
    return try options.map { option throws(ConfigurationError) in
      try explanation(of: OptionName(section: section, option: option))
    }
  }

  /// Returns the explanation of an option. For an `_add` or `_del` option it is that of the merged
  /// option.
  func explanation(of name: OptionName) throws(ConfigurationError) -> Explanation {
    let list = configuration.merged.options(in: name.section).first {
      MergedPart(name.option, of: $0.option) != nil
    }
    var name = OptionName(section: name.section, option: list?.option ?? name.option)
    if configuration.complete[name] == nil {
      name = Options.renamed.first { $0.former == name }?.name ?? name
    }
    let isDeclared = configuration.schema.declarations.contains {
      $0.option == name.option && Glob.matches(name.section.text, $0.sectionPattern.text)
    }
    guard configuration.complete[name] != nil || isDeclared else {
      throw .missingOption(
        section: name.section.text, option: name.option.text, nearest: nearest(to: name))
    }
    let (value, problem) = value(of: name)
    let former = Options.renamed.first { $0.name == name }?.former.option
    let sources = settings(in: name.section) { [name.option, former].contains($0) }
    let parts = settings(in: name.section) { MergedPart($0, of: name.option) != nil }
    let isMerged = configuration.complete[name]?.isMerged == true
    return Explanation(
      section: name.section.text, option: name.option.text, value: value, problem: problem,
      sources: sources.map { source($0.setting, name) },
      words: words(of: name),
      replaced: isMerged || isPlainOption(name) ? [] : parts.map { source($0.setting, name) },
      references: (isMerged ? parts.reversed() : Array(sources.prefix(1))).flatMap {
        references(of: $0.setting, in: $0.name, depth: 1)
      },
      rules: rules(of: name),
      variable: Configuration.variable(name.section.text, name.option.text),
      readers: readers.readers(of: name),
      documentation: documentation.comment(of: name))
  }

  /// The options that may be suggested: those that are declared or in a public file.
  private var publicNames: [OptionName] {
    (configuration.publicOnly ?? configuration.complete).names + configuration.site.known.names
  }

  /// Returns what a text that is not a section probably stands for: a section, the options with
  /// that name or that variable, or the option with the nearest name.
  private func nearest(toSection text: String) -> String? {
    let names = publicNames
    let sections = Set(names.map(\.section)).sorted().map(\.text)
    if let section = NearestName.find(text, among: sections, as: { "[\($0)]" }) { return section }
    let exact = Set(
      names.filter {
        ExactName(PythonText.lowercased(text)) == $0.option
          || [text, "EIB_\(text)".uppercased()].contains(
            Configuration.variable($0.section.text, $0.option.text))
      }.map(\.description))
    if !exact.isEmpty {
      return exact.sorted().prefix(Self.mostSuggestions).joined(separator: " or ")
    }
    return NearestName.find(text, among: Set(names.map(\.option.text)).sorted()) {
      elsewhere(ExactName($0), Set(names)) ?? $0
    }
  }

  /// Returns the options with the nearest names, in the section if it exists.
  private func nearest(to name: OptionName) -> String? {
    let names = Set(publicNames)
    let inSection = names.filter { $0.section == name.section }.map(\.option.text).sorted()
    let written: (String) -> String = { "\(name.section.text):\($0)" }
    return NearestName.find(name.option.text, among: inSection, as: written)
      ?? NearestName.find("\(name)", among: names.sorted().map(\.description))
      ?? elsewhere(name.option, names)
  }

  private func elsewhere(_ option: ExactName, _ names: Set<OptionName>) -> String? {
    let found = names.filter { $0.option == option }.sorted().prefix(Self.mostSuggestions)
    return found.isEmpty ? nil : found.map(\.description).joined(separator: " or ")
  }

  private func isPlainOption(_ name: OptionName) -> Bool {
    !configuration.merged.options(in: name.section).contains { $0.option == name.option }
  }

  private func value(of name: OptionName) -> (value: String?, problem: String?) {
    guard let setting = configuration.complete[name] else { return (nil, nil) }
    guard !setting.isMerged || interpolator.hides(name) else {
      let isSequence = Options.isSequence(name)
      let kept = (configuration.mergedWords[name] ?? []).kept(asSequence: isSequence)
        .map { $0.isPrivate ? Interpolator.hiddenText : $0.text }
      let shown = isSequence ? kept : Array(OrderedSet(kept))
      return (shown.joined(separator: "\n"), nil)
    }
    do throws(ConfigurationError) {
      return (try interpolator.value(of: name, setting: setting).text, nil)
    } catch {
      return (nil, error.description)
    }
  }

  private func words(of name: OptionName) -> [Explanation.Word] {
    guard configuration.complete[name]?.isMerged == true else { return [] }
    var changes: OrderedDictionary<ExactName, [Explanation.Word.Change]> = [:]
    for word in configuration.mergedWords[name] ?? [] {
      let isHidden = word.isPrivate || configuration.schema.isSecret(name)
      let text = isHidden ? Interpolator.hiddenText : word.text
      changes[ExactName(text), default: []].append(
        .init(part: word.part, option: word.option.text, origin: word.origin))
    }
    let isSequence = Options.isSequence(name)
    return changes.map {
      Explanation.Word(text: $0.key.text, changes: $0.value, isInSequence: isSequence)
    }
  }

  /// Returns the matching settings of a section in all files and in the program, those that are
  /// read last first.
  private func settings(
    in section: ExactName, where isWanted: (ExactName) -> Bool
  ) -> [(name: OptionName, setting: Setting)] {
    var found: [(OptionName, Setting)] = []
    func add(_ option: ExactName, _ setting: Setting?) {
      guard isWanted(option), let setting else { return }
      found.append((OptionName(section: section, option: option), setting))
    }
    for option in configuration.beginning.options(in: section) {
      add(option, configuration.beginning[section, option])
    }
    for layer in configuration.layers {
      for options in [layer.file.defaults, layer.file.sections[section] ?? [:]] {
        for (option, value) in options {
          add(option, Setting(value, in: layer.file, isPrivate: layer.isPrivate))
        }
      }
    }
    return found.reversed()
  }

  private func source(_ setting: Setting, _ name: OptionName) -> Explanation.Source {
    let isHidden = setting.isPrivate || configuration.schema.isSecret(name)
    return Explanation.Source(
      text: isHidden ? Interpolator.hiddenText : setting.text, origin: setting.origin)
  }

  private func references(
    of setting: Setting, in name: OptionName, depth: Int
  ) -> [Explanation.Reference] {
    guard depth <= Interpolator.deepestReference, !setting.isPrivate,
      let pieces = try? ReferenceText.pieces(of: setting, named: name)
    else { return [] }
    return pieces.compactMap { piece in
      guard case .reference(let section, let option, let written, _) = piece else { return nil }
      let target = OptionName(section: section ?? name.section, option: option)
      guard let found = configuration.complete[target] else { return nil }
      return Explanation.Reference(
        name: written, value: value(of: target).value ?? "", origin: found.origin,
        references: references(of: found, in: target, depth: depth + 1))
    }
  }

  private func rules(of name: OptionName) -> [Explanation.Rule] {
    configuration.schema.rules(for: name).map {
      Explanation.Rule(text: $0.kind.description, origin: $0.origin)
    }
  }
}

extension Schema.Rule.Kind: CustomStringConvertible {
  /// The rule as a phrase.
  var description: String {
    switch self {
    case .required(let mayBeEmpty): mayBeEmpty ? "must be set" : "must be set and not be empty"
    case .values(let accepted): "one of \(accepted.joined(separator: ", "))"
    case .type(let type): type.accepted
    case .merged: "merged: every file can add and remove words"
    case .secret: "secret: shown as \(Interpolator.hiddenText)"
    case .deprecated(let use): "deprecated: use \(use)"
    }
  }
}
