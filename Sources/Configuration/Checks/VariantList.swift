import SystemPackage

/// The variants of a site, or of the fleet of the sources: those that `variants:list` names, without
/// those that `variants:except` names. Without `variants:list`, all combinations of the attribute
/// values that have files.
package struct VariantList {
  private let loader: ConfigurationLoader

  /// Uses the files of a loader.
  package init(_ loader: ConfigurationLoader) {
    self.loader = loader
  }

  /// Returns the variants, sorted.
  ///
  /// - Throws: `ConfigurationError` if one of the two options cannot be read or has a word that
  ///   matches no variant, or if no variant is left.
  package func variants() throws(ConfigurationError) -> [Variant] {
    let expressible = try expressible()
    let common = try configuration(of: expressible)
    let listed =
      try named(by: Options.variants.list.name, in: common, expressible, orWithoutFiles: true)
      ?? Set(expressible)
    let known = expressible + listed.subtracting(expressible).sorted { $0.path < $1.path }
    let excepted = try named(by: Options.variants.except.name, in: common, known) ?? []
    let left = listed.subtracting(excepted)
    if left.isEmpty, !listed.isEmpty { throw nothingLeft(of: listed.count, in: common) }
    return left.map { ($0.name, $0) }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Returns what all variants share: the configuration from the files that all of them read, that
  /// of the fleet included. The attributes in it are those of any variant.
  ///
  /// - Throws: `ConfigurationError`.
  package func fleetConfiguration() throws(ConfigurationError) -> Configuration {
    try configuration(of: expressible())
  }

  private func configuration(
    of expressible: [Variant]
  ) throws(ConfigurationError) -> Configuration {
    let any: Variant = if let first = expressible.first { first } else { try Variant() }
    return try loader.load(any, settings: BuildSettings()) { $0.isCommon }
  }

  /// Returns the variants that the words of an option name; nil if it has no words.
  ///
  /// - Parameter isOpen: whether words may name other variants than the known ones, if the
  ///   configuration is open.
  private func named(
    by option: OptionName, in common: Configuration, _ variants: [Variant],
    orWithoutFiles isOpen: Bool = false
  ) throws(ConfigurationError) -> Set<Variant>? {
    let places = try common.wordPlaces(of: option)
    guard !places.isEmpty else { return nil }
    let known = KnownVariants(variants)
    var chosen: Set<Variant> = []
    var errors: [ConfigurationError] = []
    for (word, place) in places.sorted(by: { $0.key < $1.key }) {
      let found = try VariantPattern(word.text).map { pattern throws(ConfigurationError) in
        let found = known.matches(of: pattern, word.text)
        return found.isEmpty && isOpen ? try variantsWithoutFiles(pattern.parts) : found
      }
      if let found, !found.isEmpty {
        chosen.formUnion(found)
      } else {
        errors.append(
          .unacceptable(
            section: option.section.text, option: option.option.text,
            found: place.isPrivate ? nil : word.text, accepted: VariantPattern.accepted,
            nearest: place.isPrivate || found == nil
              ? nil : NearestName.find(word.text, among: known.paths), at: place.origin))
      }
    }
    if let error = ConfigurationError.combining(errors) { throw error }
    return chosen
  }

  private func nothingLeft(of count: Int, in common: Configuration) -> ConfigurationError {
    let (except, list) = (Options.variants.except.name, Options.variants.list.name)
    return .unusable(
      section: except.section.text, option: except.option.text,
      problem: "leaves none of the \(count) variants that \(list) names or that have files",
      at: common.complete[except]?.origin ?? .program)
  }

  /// Returns the variants that a word names in an open configuration, in which attributes may have
  /// values without a file.
  private func variantsWithoutFiles(_ parts: [String]) throws(ConfigurationError) -> [Variant] {
    guard loader.schema.unknownNames != .error else { return [] }
    let values = zip(Attribute.allCases, parts).map { attribute, part in
      if !Glob.isPattern(part) {
        return loader.sources.mayLackFile(part, of: attribute) ? [part] : []
      }
      return loader.sources.knownNames(of: attribute).filter { Glob.matches($0, part) }
    }
    let combinations = values.dropFirst().reduce(values[0].map { [$0] }) { found, names in
      found.flatMap { first in names.map { first + [$0] } }
    }
    return try combinations.map { values throws(ConfigurationError) in
      try Variant(
        product: values[0], branch: values[1], arch: values[2], platform: values[3],
        personality: values[4])
    }
  }

  /// Returns every combination of the products, branches, architectures, platforms and
  /// personalities that have a file. An attribute without any file has its default value. In an
  /// open configuration, the architecture of the host needs no file.
  private func expressible() throws(ConfigurationError) -> [Variant] {
    let standard = try Variant()
    func names(_ attribute: Attribute) -> [String] {
      let described = loader.sources.describedNames(of: attribute)
      let isImplied = attribute == .arch && loader.schema.unknownNames != .error
      return described.isEmpty || isImplied && !described.contains(standard[attribute])
        ? [standard[attribute]] + described : described
    }
    var variants: [Variant] = []
    for product in names(.product) {
      for branch in names(.branch) {
        for arch in names(.arch) where Architecture.names.contains(arch) {
          for platform in platforms(of: arch) {
            for personality in names(.personality) {
              variants.append(
                try Variant(
                  product: product, branch: branch, arch: arch, platform: platform,
                  personality: personality))
            }
          }
        }
      }
    }
    return variants
  }

  /// Returns the platform that has the name of the architecture, and the platforms that have a
  /// file. A board exists for its architecture only. If a platform has `arch-platform` files, it exists
  /// for the architectures of these files only.
  private func platforms(of arch: String) -> [String] {
    let pairs = loader.sources.attributeDirectories.flatMap {
      Directories.names(in: $0.appending("arch-platform"))
    }
    let boards = loader.sources.describedNames(of: .platform).filter { platform in
      let named = Architecture.names.filter { pairs.contains("\($0)-\(platform).ini") }
      return !Architecture.names.contains(platform)
        && (named.isEmpty || named.contains(arch))
        && Board.named(platform).map { $0.arch.rawValue == arch } != false
    }
    return [arch] + boards
  }
}

/// Variants that are found by their path or by a pattern.
private struct KnownVariants {
  private let all: [Variant]
  private let byPath: [String: Variant]

  init(_ variants: [Variant]) {
    all = variants
    byPath = Dictionary(variants.map { ($0.path, $0) }) { first, _ in first }
  }

  var paths: [String] { all.map(\.path) }

  /// - Parameter word: the word of the pattern.
  func matches(of pattern: VariantPattern, _ word: String) -> [Variant] {
    Glob.isPattern(word) ? all.filter(pattern.matches) : [byPath[word]].compactMap { $0 }
  }
}
