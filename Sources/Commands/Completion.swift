import Configuration

/// What a shell may complete an argument to, read from the configuration files. Files that cannot
/// be read complete nothing.
enum Completion {
  /// The values of an attribute that have a file.
  static func names(of attribute: Attribute, _ arguments: [String]) -> [String] {
    (try? sources(arguments))?.knownNames(of: attribute) ?? []
  }

  /// The options of the default variant as `SECTION:OPTION`, and its sections.
  static func optionNames(_ arguments: [String]) -> [String] {
    guard let sources = try? sources(arguments),
      let configuration = try? ConfigurationLoader(sources).load(
        Variant(), settings: BuildSettings())
    else { return [] }
    return configuration.namesToExplain
  }

  /// The directories that the command line names so far.
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
