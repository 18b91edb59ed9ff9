import SystemPackage

extension Configuration {
  /// The names that a closed configuration refuses: undeclared names, names without effect, and
  /// options with the same environment variable.
  var unknownNames: [ConfigurationError] {
    (site.findings + unknownAttributes + layers.flatMap(\.findings) + earlierLogin
      + unmatchedDeletions + collisions).map(privateNames.hiding)
  }

  /// The options that were replaced by `[login]`, if the site declares them. `image:user` has
  /// another meaning, too, unless it stands beside one of the others.
  private var earlierLogin: [ConfigurationError] {
    func setting(_ name: OptionName) -> Setting? {
      complete[name].flatMap { $0.text.isEmpty ? nil : $0 }
    }
    let replaced = LoginOptions.replaced.filter { setting($0.key) != nil }
    if replaced.isEmpty { return [] }
    let known = layers.flatMap(\.findings).map(\.option)
    return
      (replaced.sorted { $0.key < $1.key } + [(LoginOptions.earlierUser, Options.login.user.name)])
      .filter { !known.contains($0.key) }
      .compactMap { old, new in
        setting(old).map { LoginOptions.replacement(of: old, by: new, at: $0.origin) }
      }
  }

  /// Attributes with a value that has no file. In an open configuration, these are values that are
  /// probably misspelled, and products, if there is a file for any.
  private var unknownAttributes: [ConfigurationError] {
    guard let variant, let sources else { return [] }
    return variant.attributes.compactMap { attribute, value in
      let known = sources.knownNames(of: attribute)
      let isAccepted =
        schema.unknownNames == .error
        ? known.contains(value) : sources.mayLackFile(value, of: attribute)
      guard !isAccepted else { return nil }
      return .unknownAttribute(
        attribute, found: value, known: known,
        directory: sources.configDirectory.appending(attribute.rawValue))
    }
  }

  /// Words in `_del` options that no `_add` option of the variant adds. In an open configuration,
  /// which may remove words that only other variants add, these are words that are probably
  /// misspelled.
  private var unmatchedDeletions: [ConfigurationError] {
    mergedWords.sorted { $0.key < $1.key }.flatMap { name, words in
      let added = Set(words.filter { $0.part == .addition }.map { ExactName($0.text) })
      return words.filter { $0.part == .deletion && !added.contains(ExactName($0.text)) }
        .compactMap { word -> ConfigurationError? in
          let nearest = NearestName.find(word.text, among: added.sorted().map(\.text))
          let isDenied = nearest == nil || site.addedWords.contains(ExactName(word.text))
          if schema.unknownNames != .error, isDenied { return nil }
          return .unmatchedDeletion(
            OptionPlace(
              section: name.section.text, option: word.option.text, origin: word.origin),
            word: word.isPrivate ? nil : word.text, nearest: word.isPrivate ? nil : nearest)
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
