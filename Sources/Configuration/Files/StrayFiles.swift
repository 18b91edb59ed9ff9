import SystemPackage

/// Finds files and directories in the configuration directories that are never read. Most of them
/// have a misspelled name.
struct StrayFiles {
  private let sources: ConfigurationSources

  init(_ sources: ConfigurationSources) {
    self.sources = sources
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
      guard !expected.contains(name) else { return nil }
      let attributes = folder.attributes.map(\.rawValue).joined(separator: " and a ")
      return .strayFile(
        path.appending(file), accepted: "its name is that of a known \(attributes)",
        nearest: NearestName.find(name, among: combinations) { "\($0).ini" })
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

  /// Returns the values of an attribute that have a file, sorted.
  func describedNames(of attribute: Attribute) -> [String] {
    let names = attributeDirectories.flatMap { directory in
      INIFile.names(in: directory.appending(attribute.rawValue))
    }
    return Set(names.map { String($0.dropLast(4)) }.filter(FileNamePart.isValid)).sorted()
  }
}
