import Configuration

/// Completes arguments for a shell, using the names in the configuration files. If a file cannot be
/// read, nothing is completed.
enum Completion {
  /// Returns the values of an attribute that can be built: those with a file, and for `arch` and
  /// `platform` the names of the architectures.
  static func names(of attribute: Attribute, _ arguments: [String]) -> [String] {
    (try? sources(arguments))?.knownNames(of: attribute) ?? []
  }

  /// Returns the sections of the default variant, and its options as `SECTION:OPTION`.
  static func optionNames(_ arguments: [String]) -> [String] {
    guard let sources = try? sources(arguments),
      let configuration = try? ConfigurationLoader(sources).load(
        Variant(), settings: BuildSettings())
    else { return [] }
    return configuration.namesToExplain
  }

  /// Returns the directories given by the arguments typed so far.
  private static func sources(_ arguments: [String]) throws -> ConfigurationSources {
    var directories = DirectoryOptions()
    directories.localdir = value(of: ["--localdir", "-d"], arguments)
    directories.configdir = value(of: ["--configdir"], arguments)
    directories.sysconfdir = value(of: ["--sysconfdir"], arguments)
    directories.cachedir = "/"
    return try directories.sources()
  }

  private static func value(of names: [String], _ arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() {
      if names.contains(argument), index + 1 < arguments.count { return arguments[index + 1] }
      for name in names where argument.hasPrefix("\(name)=") {
        return String(argument.dropFirst(name.count + 1))
      }
    }
    return nil
  }
}
