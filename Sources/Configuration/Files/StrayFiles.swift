import SystemPackage

/// Finds files and directories in the configuration directories that are never read. Most of them
/// have a misspelled name.
struct StrayFiles {
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
      guard !INIFile.names(in: path).isEmpty else { return [] }
      return [
        .strayFile(
          path,
          accepted: "folders are named after an attribute, such as platform, or a pair, such as "
            + "product-personality",
          nearest: NearestName.find(name, among: folders.map(\.name)))
      ]
    }
  }

  /// Returns the files whose names are not values of the attributes of their directory.
  private func strayNames(in path: FilePath, of folder: AttributeDirectory) -> [ConfigurationError]
  {
    let known = folder.attributes.map { sources.knownNames(of: $0) }
    let combinations = known.dropFirst().reduce(known[0]) { left, right in
      left.flatMap { first in right.map { "\(first)-\($0)" } }
    }
    let expected = Set(combinations)
    return INIFile.names(in: path).compactMap { file in
      let name = String(file.dropLast(4))
      let nearest = NearestName.find(name, among: combinations) { "\($0).ini" }
      guard !expected.contains(name), !isOpen || nearest != nil else { return nil }
      let attributes = folder.attributes.map(\.rawValue).joined(separator: " and a ")
      return .strayFile(
        path.appending(file), accepted: "its name is that of a known \(attributes)",
        nearest: nearest)
    }
  }
}

/// A subdirectory of a configuration directory, for an attribute or a pair of attributes.
struct AttributeDirectory: Sendable {
  let attributes: [Attribute]

  var name: String { attributes.map(\.rawValue).joined(separator: "-") }

  /// The directories in the order in which they are read.
  static let all: [AttributeDirectory] = {
    let attributes = Attribute.allCases
    let pairs = attributes.indices.flatMap { first in
      attributes[(first + 1)...].map { [attributes[first], $0] }
    }
    return (attributes.map { [$0] } + pairs).map(AttributeDirectory.init)
  }()
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
      || AttributeDirectory.all.contains {
        !INIFile.names(in: directory.appending($0.name)).isEmpty
      }
  }

  /// The INI files of all variants, without the schemas. Files with errors are skipped; the errors
  /// are reported when a variant loads them.
  func allFiles() -> [INIFile] {
    let folders = attributeDirectories.flatMap { directory in
      AttributeDirectory.all.map { directory.appending($0.name) } + [directory]
    }
    return (folders + [systemDirectory]).flatMap { folder in
      INIFile.names(in: folder).filter { $0 != "schema.ini" }
        .compactMap { try? INIFile(path: folder.appending($0)) }
    }
  }
}
