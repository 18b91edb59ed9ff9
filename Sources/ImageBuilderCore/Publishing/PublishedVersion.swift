import Configuration

/// A variant, as destinations name it: `PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY`.
struct PublishedVariant: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number of directories of a variant.
  static let depth = 5
  /// Names at the top of a destination that are not products. Hidden names are not, either.
  static let reservedNames: Set<String> = [
    "latest", "released", "releases", "ostree", "failed",
  ]

  let path: String

  /// - Throws: `ConfigurationError`; `PublishingError.unusableVariant`.
  init(_ configuration: Configuration) throws {
    let options = Options.build
    let path = [
      try configuration.value(options.product), try configuration.value(options.branch),
      try configuration.value(options.arch).rawValue, try configuration.value(options.platform),
      try configuration.value(options.personality),
    ].joined(separator: "/")
    guard let variant = PublishedVariant(path: path) else {
      throw PublishingError.unusableVariant(path)
    }
    self = variant
  }

  /// Returns nil if `path` is not that of a variant.
  init?(path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == Self.depth, !parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") }),
      !Self.reservedNames.contains(String(parts[0]))
    else { return nil }
    self.path = path
  }

  var description: String { path }

  static func < (first: Self, second: Self) -> Bool { first.path < second.path }
}

/// A version of a variant at a destination: the directory `VARIANT/OUTVERSION`.
struct PublishedVersion: Hashable, Sendable, CustomStringConvertible {
  let variant: PublishedVariant
  /// OUTVERSION.
  let name: String

  init(_ variant: PublishedVariant, _ name: String) {
    self.variant = variant
    self.name = name
  }

  /// - Throws: `ConfigurationError`; `PublishingError.unusableVariant`.
  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    self.init(try PublishedVariant(configuration), paths.outputVersion)
  }

  /// Returns nil if `path` is not that of a version.
  init?(path: String) {
    guard let slash = path.lastIndex(of: "/"),
      let variant = PublishedVariant(path: String(path[..<slash]))
    else { return nil }
    let name = String(path[path.index(after: slash)...])
    guard !name.isEmpty, !name.hasPrefix(".") else { return nil }
    self.init(variant, name)
  }

  /// The path below the top of a destination.
  var path: String { "\(variant)/\(name)" }
  var description: String { path }
}

/// A complete version that a destination lists.
struct ListedVersion: Hashable, Sendable {
  let version: PublishedVersion
  /// When its list of digests was written there, in seconds since 1970.
  let secondsSinceEpoch: UInt64
}
