import SystemPackage

/// Finds files and directories in the configuration directories that are never read. Most of them
/// have a misspelled name.
struct StrayFiles {
  private static let mostCombinations = 10_000

  private let sources: ConfigurationSources
  /// Whether attributes may have values without a file.
  private let isOpen: Bool

  init(_ sources: ConfigurationSources, isOpen: Bool) {
    self.sources = sources
    self.isOpen = isOpen
  }

  var findings: [ConfigurationError] {
    var known = ["defaults.ini", "schema.ini", "local.ini", "private.ini"]
    var findings: [ConfigurationError] = []
    for directory in sources.attributeDirectories {
      findings += strayFiles(in: directory, known: known) + strayDirectories(in: directory)
      // `local.ini` is read from the first directory only.
      known.removeAll { $0 == "local.ini" }
    }
    return findings
      + strayFiles(in: sources.systemDirectory, known: ["config.ini", "private.ini"])
  }

  private func strayFiles(in directory: FilePath, known: [String]) -> [ConfigurationError] {
    INIFile.names(in: directory).filter { !known.contains($0) }
      .map { name in
        .strayFile(
          directory.appending(name),
          accepted: "the files there are \(known.joined(separator: ", "))",
          nearest: NearestName.find(name, among: known))
      }
  }

  private func strayDirectories(in directory: FilePath) -> [ConfigurationError] {
    let folders = AttributeDirectory.all
    return Directories.names(in: directory).flatMap { name -> [ConfigurationError] in
      let path = directory.appending(name)
      if let folder = folders.first(where: { $0.name == name }) {
        return strayNames(in: path, of: folder)
      }
      if name == ConfigurationSources.fleetFolder { return strayFleets(in: path) }
      guard !INIFile.names(in: path).isEmpty else { return [] }
      return [
        .strayFile(
          path,
          accepted: "folders are named after an attribute, such as platform, or several, such as "
            + "product-personality, or \(ConfigurationSources.fleetFolder)",
          nearest: NearestName.find(
            name, among: folders.map(\.name) + [ConfigurationSources.fleetFolder]))
      ]
    }
  }

  /// Returns the files whose names are not values of the attributes of their directory.
  private func strayNames(in path: FilePath, of folder: AttributeDirectory) -> [ConfigurationError]
  {
    let known = folder.attributes.map { sources.knownNames(of: $0) }
    return INIFile.names(in: path).compactMap { file in
      let name = String(file.dropLast(4))
      let names = names(of: known, resembling: name)
      let nearest = NearestName.find(name, among: names) { "\($0).ini" }
      guard !names.contains(name), !isOpen || nearest != nil else { return nil }
      let attributes = folder.attributes.map(\.rawValue).joined(separator: " and a ")
      return .strayFile(
        path.appending(file), accepted: "its name is that of a known \(attributes)",
        nearest: nearest)
    }
  }

  /// Returns the names that a file for several attributes can have: all, or if they are too many those
  /// that differ from a name in the value of one attribute.
  private func names(of known: [[String]], resembling name: String) -> [String] {
    let count = known.reduce(1) { min($0, Self.mostCombinations) * $1.count }
    if count <= Self.mostCombinations {
      return known.dropFirst().reduce(known[0]) { left, right in
        left.flatMap { first in right.map { "\(first)-\($0)" } }
      }
    }
    /// The beginnings of the name that are values of the first attributes, each with its hyphen.
    let beginnings = known.reduce(into: [[""]]) { found, values in
      found.append(
        found[found.endIndex - 1].flatMap { first in
          values.map { "\(first)\($0)-" }.filter(name.hasPrefix)
        })
    }
    /// The ends of the name that are values of the last attributes, in the reverse order.
    let ends = known.reversed().reduce(into: [[""]]) { found, values in
      found.append(
        found[found.endIndex - 1].flatMap { last in
          values.map { "-\($0)\(last)" }.filter(name.hasSuffix)
        })
    }
    return known.enumerated().flatMap { index, values in
      beginnings[index].flatMap { first in
        ends[known.count - 1 - index].flatMap { last in values.map { "\(first)\($0)\(last)" } }
      }
    }
  }

  /// Returns the files in the directory of fleets that are not files of a fleet, nor examples.
  private func strayFleets(in path: FilePath) -> [ConfigurationError] {
    Directories.names(in: path).filter { name in
      !name.hasSuffix(".ini.example")
        && !(name.hasSuffix(".ini") && FileNamePart.isValid(String(name.dropLast(4))))
    }.map { name in
      .strayFile(
        path.appending(name), accepted: "a fleet is NAME.ini, its name \(FileNamePart.accepted)",
        nearest: nil)
    }
  }
}

/// A subdirectory of a configuration directory, for an attribute or for several.
struct AttributeDirectory: Sendable {
  let attributes: [Attribute]

  var name: String { attributes.map(\.rawValue).joined(separator: "-") }

  /// The directories in the order in which they are read: those with fewer attributes first.
  static let all: [AttributeDirectory] = Attribute.allCases.indices.flatMap { count in
    combinations(of: Attribute.allCases[...], count + 1).map { AttributeDirectory(attributes: $0) }
  }

  /// Returns all subsets of a size, in the order of the attributes.
  private static func combinations(
    of attributes: ArraySlice<Attribute>, _ count: Int
  ) -> [[Attribute]] {
    guard count > 0 else { return [[]] }
    return attributes.indices.flatMap { index in
      combinations(of: attributes[(index + 1)...], count - 1).map { [attributes[index]] + $0 }
    }
  }
}

extension ConfigurationSources {
  /// Returns the values of an attribute that can be built, sorted: those that have a file, and for
  /// the architecture and the platform the names of all architectures.
  package func knownNames(of attribute: Attribute) -> [String] {
    switch attribute {
    case .arch: Architecture.names
    case .platform: Set(describedNames(of: attribute) + Architecture.names).sorted()
    case .product, .branch, .personality: describedNames(of: attribute)
    }
  }

  /// Returns whether an open configuration accepts a value of an attribute: a known one, one that
  /// resembles no known one, and any if no value has a file. A product must have a file if any has.
  ///
  /// Numbers distinguish branches and boards, and a personality inherits from its first part.
  func mayLackFile(_ value: String, of attribute: Attribute) -> Bool {
    let known = knownNames(of: attribute)
    if describedNames(of: attribute).isEmpty || known.contains(value) { return true }
    switch attribute {
    case .product, .arch: return false
    case .personality:
      return ConfigurationLayer.prefixes(ofPersonality: value).contains(where: known.contains)
        || NearestName.find(value, among: known) == nil
    case .branch, .platform:
      func withoutNumbers(_ name: String) -> String { name.filter { !"0123456789.".contains($0) } }
      return known.contains {
        !Architecture.names.contains($0) && withoutNumbers($0) == withoutNumbers(value)
      } || NearestName.find(value, among: known) == nil
    }
  }

  /// Returns the values of an attribute that have a file, sorted.
  func describedNames(of attribute: Attribute) -> [String] {
    let names = attributeDirectories.flatMap { directory in
      INIFile.names(in: directory.appending(attribute.rawValue))
    }
    return Set(names.map { String($0.dropLast(4)) }.filter(FileNamePart.isValid)).sorted()
  }

  /// Returns whether a configuration directory contains a file that some variant reads.
  package static func holdsFiles(_ directory: FilePath) -> Bool {
    let names = ["defaults.ini", "local.ini", "private.ini"]
    return INIFile.names(in: directory).contains(where: names.contains)
      || Self.folders.contains { !INIFile.names(in: directory.appending($0)).isEmpty }
  }

  private static let folders = AttributeDirectory.all.map(\.name) + [fleetFolder]

  /// The INI files of all variants and fleets, without the schemas. Files with errors are skipped; the errors
  /// are reported when a variant loads them.
  func allFiles() -> [INIFile] {
    let folders = attributeDirectories.flatMap { directory in
      Self.folders.map(directory.appending) + [directory]
    }
    let files = (folders + [systemDirectory]).flatMap { folder in
      INIFile.names(in: folder).filter { $0 != "schema.ini" }.map(folder.appending)
    }
    return (files + [variablesFile].compactMap { $0 }).compactMap { try? INIFile(path: $0) }
  }
}
