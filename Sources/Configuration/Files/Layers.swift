import SystemPackage

/// A configuration file that a variant reads if it exists.
struct ConfigurationLayer: Sendable, Hashable {
  let path: FilePath
  /// The suffix for bare `_add` and `_del` options of the file.
  let namespace: ExactName
  var isPrivate = false
  /// Whether all variants read the file.
  var isCommon = true

  /// Returns the files of a variant in the order in which they are read. Later files override
  /// earlier ones.
  static func all(of variant: Variant, _ sources: ConfigurationSources) -> [ConfigurationLayer] {
    let config = sources.configDirectory
    let system = sources.systemDirectory
    var layers = tree(config, variant, sources.fleet, prefix: "")
    layers.append(.init(path: system.appending("config.ini"), namespace: "system_config"))
    for (local, prefix) in localTrees(sources) {
      layers += tree(local, variant, sources.fleet, prefix: prefix)
    }
    layers.append(.init(path: config.appending("local.ini"), namespace: "local"))
    if let file = sources.variablesFile { layers.append(.init(path: file, namespace: "vars")) }
    return layers + privateLayers(sources)
  }

  /// Returns the private files.
  static func privateLayers(_ sources: ConfigurationSources) -> [ConfigurationLayer] {
    var files: [(FilePath, ExactName)] = [
      (sources.systemDirectory.appending("private.ini"), "system_private")
    ]
    files += localTrees(sources).map { local, prefix in
      (local.appending("private.ini"), ExactName(prefix + "private"))
    }
    files.append((sources.configDirectory.appending("private.ini"), "private"))
    return files.map { ConfigurationLayer(path: $0, namespace: $1, isPrivate: true) }
  }

  /// Returns the configuration directories of `--localdir`, each with the prefix of its suffixes:
  /// `local_`, `local2_`, `local3_`.
  private static func localTrees(
    _ sources: ConfigurationSources
  ) -> [(directory: FilePath, prefix: String)] {
    sources.localDirectories.enumerated().map { index, directory in
      (directory.appending("config"), index == 0 ? "local_" : "local\(index + 1)_")
    }
  }

  /// Returns `defaults.ini`, the files of the attributes and of the combinations of attributes, and
  /// the file of the fleet.
  private static func tree(
    _ directory: FilePath, _ variant: Variant, _ fleet: String?, prefix: String
  ) -> [ConfigurationLayer] {
    let defaults = ConfigurationLayer(
      path: directory.appending("defaults.ini"), namespace: ExactName(prefix + "defaults"))
    let ofFleet = fleet.map { fleet in
      ConfigurationLayer(
        path: ConfigurationSources.file(of: fleet, in: directory),
        namespace: ExactName(PythonText.lowercased("\(prefix)fleet_\(fleet)")))
    }
    // Most of the folders do not exist. Files can be read in a directory that cannot be listed.
    let present = Set(Directories.names(in: directory))
    let folders = AttributeDirectory.all.filter { present.isEmpty || present.contains($0.name) }
    return [defaults]
      + folders.flatMap { folder in
        files(directory, of: folder.attributes.map { ($0, variant[$0]) }, prefix: prefix)
      } + [ofFleet].compactMap { $0 }
  }

  /// Returns the files of an attribute or of several: one, or one for each prefix of the
  /// personality.
  private static func files(
    _ directory: FilePath, of attributes: [(Attribute, String)], prefix: String
  ) -> [ConfigurationLayer] {
    let folder = attributes.map { $0.0.rawValue }
    let personality = attributes.last { $0.0 == .personality }?.1
    return (personality.map(prefixes(ofPersonality:)) ?? [""]).map { inherited in
      let values = attributes.map { $0.0 == .personality ? inherited : $0.1 }
      let namespace = prefix + (folder + values).joined(separator: "_")
      return ConfigurationLayer(
        path: directory.appending(folder.joined(separator: "-"))
          .appending("\(values.joined(separator: "-")).ini"),
        namespace: ExactName(PythonText.lowercased(namespace)), isCommon: false)
    }
  }

  /// Returns the prefixes that a personality inherits: `en`, `en_GB` and `en_GB_orkney` for
  /// `en_GB_orkney`.
  static func prefixes(ofPersonality personality: String) -> [String] {
    let underscores = personality.indices.filter { personality[$0] == "_" }
    let ends = underscores.filter { $0 > personality.startIndex } + [personality.endIndex]
    return ends.map { String(personality[..<$0]) }
  }

  /// Reads the file. Returns nil if it does not exist, or if it is private and this user cannot
  /// read it.
  ///
  /// - Parameters:
  ///   - warnings: gets the warnings about a private file.
  ///   - isSecret: whether errors must not quote the value of an option.
  func read(
    warnings: inout [ConfigurationWarning], isSecret: (OptionName) -> Bool = { _ in false }
  ) throws(ConfigurationError) -> INIFile? {
    do throws(ConfigurationError) {
      let file = try INIFile(path: path)
      try checkReferences(file, isSecret)
      if isPrivate { warnings += PrivateFile.warnings(path) }
      return file
    } catch .unreadable(_, let errno)
      where [.noSuchFileOrDirectory, .notDirectory].contains(errno) && FileKind(of: path) != .link
    {
      return nil
    } catch .unreadable(let file, .permissionDenied) where isPrivate {
      warnings.append(.unreadablePrivateFile(file))
      return nil
    }
  }

  private func checkReferences(
    _ file: INIFile, _ isSecret: (OptionName) -> Bool
  ) throws(ConfigurationError) {
    var errors: [ConfigurationError] = []
    for (section, options) in [(INIFile.defaultSection, file.defaults)] + Array(file.sections) {
      for (option, value) in options {
        let name = OptionName(section: section, option: option)
        let setting = Setting(value, in: file, isPrivate: isPrivate || isSecret(name))
        do throws(ConfigurationError) {
          _ = try ReferenceText.pieces(of: setting, named: name)
        } catch {
          errors.append(error)
        }
      }
    }
    if let error = ConfigurationError.combining(ConfigurationError.first(of: errors, in: path)) {
      throw error
    }
  }
}
