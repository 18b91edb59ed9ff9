import SystemPackage

/// The variants of a site: those that `variants:list` names. Without `variants:list`, all
/// combinations of the attribute values that have files.
struct VariantList {
  private static let option = Options.variants.list.name
  private static let accepted =
    "PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY, each a name or a pattern for known names, such as "
    + "eos/*/amd64/amd64/*"

  private let loader: ConfigurationLoader

  init(_ loader: ConfigurationLoader) {
    self.loader = loader
  }

  /// Returns the variants, sorted.
  ///
  /// - Throws: `ConfigurationError` if `variants:list` cannot be read or has a word that matches no
  ///   variant.
  func variants() throws(ConfigurationError) -> [Variant] {
    let expressible = try expressible()
    guard let first = expressible.first else { return [] }
    let common = try loader.load(first, settings: BuildSettings()) { $0.isCommon }
    let places = try common.wordPlaces(of: Self.option)
    guard !places.isEmpty else { return expressible }
    var chosen: Set<Variant> = []
    var errors: [ConfigurationError] = []
    for (word, place) in places.sorted(by: { $0.key < $1.key }) {
      do throws(ConfigurationError) {
        chosen.formUnion(try matches(word.text, expressible, at: place))
      } catch {
        errors.append(error)
      }
    }
    if let error = ConfigurationError.combining(errors) { throw error }
    return chosen.sorted { $0.name < $1.name }
  }

  private func matches(
    _ word: String, _ expressible: [Variant], at place: Configuration.WordPlace
  ) throws(ConfigurationError) -> [Variant] {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == Attribute.allCases.count else {
      throw refusal(word, nearest: nil, at: place)
    }
    let found = expressible.filter { variant in
      zip(variant.attributes, parts).allSatisfy { Glob.matches($0.1, $1) }
    }
    guard found.isEmpty else { return found }
    let others = try variantsWithoutFiles(parts)
    guard others.isEmpty else { return others }
    throw refusal(
      word,
      nearest: NearestName.find(
        word, among: expressible.map { $0.attributes.map(\.1).joined(separator: "/") }),
      at: place)
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

  private func refusal(
    _ word: String, nearest: String?, at place: Configuration.WordPlace
  ) -> ConfigurationError {
    .unacceptable(
      section: Self.option.section.text, option: Self.option.option.text,
      found: place.isPrivate ? nil : word,
      accepted: Self.accepted, nearest: place.isPrivate ? nil : nearest, at: place.origin)
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
  /// file. If a platform has `arch-platform` files, it exists for the architectures of these files
  /// only.
  private func platforms(of arch: String) -> [String] {
    let pairs = loader.sources.attributeDirectories.flatMap {
      Directories.names(in: $0.appending("arch-platform"))
    }
    let boards = loader.sources.describedNames(of: .platform).filter { platform in
      let named = Architecture.names.filter { pairs.contains("\($0)-\(platform).ini") }
      return !Architecture.names.contains(platform)
        && (named.isEmpty || named.contains(arch))
    }
    return [arch] + boards
  }
}
