import SystemPackage

extension Configuration {
  /// The names that a closed configuration refuses: undeclared names, names without effect, and
  /// options with the same environment variable.
  var unknownNames: [ConfigurationError] {
    findings + unknownAttributes + layers.flatMap(\.findings) + unmatchedDeletions + collisions
  }

  /// Attributes with a value that has no file. In an open configuration, an attribute without any
  /// file accepts every value.
  private var unknownAttributes: [ConfigurationError] {
    guard let variant, let sources else { return [] }
    return variant.attributes.compactMap { attribute, value in
      let known = sources.knownNames(of: attribute)
      let isOpen = schema.unknownNames != .error && sources.describedNames(of: attribute).isEmpty
      guard !isOpen, !known.contains(value) else { return nil }
      return .unknownAttribute(
        attribute, found: value, known: known,
        directory: sources.configDirectory.appending(attribute.rawValue))
    }
  }

  /// Words in `_del` options that no `_add` option of the variant adds.
  private var unmatchedDeletions: [ConfigurationError] {
    mergedWords.sorted { $0.key < $1.key }.flatMap { name, words in
      let added = Set(words.filter { $0.part == .addition }.map { ExactName($0.text) })
      return words.filter { $0.part == .deletion && !added.contains(ExactName($0.text)) }
        .map { word in
          ConfigurationError.unmatchedDeletion(
            OptionPlace(
              section: name.section.text, option: word.option.text, origin: word.origin),
            word: word.isPrivate ? nil : word.text,
            nearest: word.isPrivate
              ? nil : NearestName.find(word.text, among: added.sorted().map(\.text)))
        }
    }
  }

  private var collisions: [ConfigurationError] {
    var first: [String: OptionName] = [:]
    var errors: [ConfigurationError] = []
    for name in complete.names {
      let variable = Self.variable(name.section.text, name.option.text)
      if let other = first[variable] {
        errors.append(.collision(variable: variable, place(other), place(name)))
      } else {
        first[variable] = name
      }
    }
    return errors
  }

  private func place(_ name: OptionName) -> OptionPlace {
    OptionPlace(
      section: name.section.text, option: name.option.text, origin: complete[name]?.origin)
  }
}
