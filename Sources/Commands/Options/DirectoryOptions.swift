import ArgumentParser
import Configuration

/// The directories of the configuration, the hooks and the cache.
package struct DirectoryOptions: ParsableArguments {
  @Option(
    name: [.customShort("d"), .long],
    help: ArgumentHelp(
      "Directory of a site, with config, hooks, lib and data of its own.", valueName: "dir"),
    completion: .directory)
  var localdir: String?
  @Option(
    help: ArgumentHelp(
      "Directory of the configuration files. (default: config of the checkout)", valueName: "dir"),
    completion: .directory)
  var configdir: String?
  @Option(
    help: ArgumentHelp(
      "Directory of the host's settings and keys. (default: /etc/eos-image-builder)",
      valueName: "dir"),
    completion: .directory)
  var sysconfdir: String?
  @Option(
    help: ArgumentHelp("Directory for downloads and builds.", valueName: "dir"),
    completion: .directory)
  var cachedir = ConfigurationSources.standardCacheDirectory.string

  package init() {}

  /// Checks that no directory has an empty name.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    let directories = [
      ("--localdir", localdir), ("--configdir", configdir), ("--sysconfdir", sysconfdir),
      ("--cachedir", cachedir),
    ]
    for (option, directory) in directories {
      try refuseEmptyName(directory, of: option, kind: "directory")
    }
  }

  /// Returns the directories as absolute paths. A `--localdir` that does not exist is a warning of
  /// the configuration.
  ///
  /// - Throws: `ConfigurationError` for another directory that does not exist, or something that is
  ///   not a directory; `MissingProgramFiles`.
  package func sources() throws -> ConfigurationSources {
    for (option, directory) in [
      ("--configdir", configdir), ("--localdir", localdir), ("--sysconfdir", sysconfdir),
    ] {
      guard let path = directory.map(Directories.absolute) else { continue }
      if option == "--localdir" && !Directories.exists(path) { continue }
      guard Directories.isDirectory(path) else {
        throw ConfigurationError.missingDirectory(path, option: option)
      }
    }
    if let path = configdir.map(Directories.absolute), !ConfigurationSources.holdsFiles(path) {
      throw ConfigurationError.emptyConfiguration(path)
    }
    let cache = Directories.absolute(cachedir)
    guard Directories.canBeDirectory(cache) else {
      throw ConfigurationError.notADirectory(cache, option: "--cachedir")
    }
    return ConfigurationSources(
      sourceDirectory: try ProgramFiles.sourceDirectory(),
      configDirectory: configdir.map(Directories.absolute),
      systemDirectory: Directories.absolute(sysconfdir ?? "/etc/eos-image-builder"),
      cacheDirectory: cache,
      localDirectory: localdir.map(Directories.absolute))
  }
}

/// Refuses an empty name of a file or directory, which would be the working directory.
///
/// - Throws: `ValidationError`.
func refuseEmptyName(_ name: String?, of option: String, kind: String) throws {
  guard name != "" else {
    throw ValidationError("\(option) requires a \(kind), not an empty name.")
  }
}
