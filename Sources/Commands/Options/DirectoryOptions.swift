import ArgumentParser
import Configuration
import SystemPackage

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

  /// SYSCONFDIR, which need not exist.
  package var systemDirectory: FilePath {
    sysconfdir.map(Directories.absolute) ?? "/etc/eos-image-builder"
  }

  /// Returns the directories as absolute paths. A `--localdir` that does not exist is a warning of
  /// the configuration.
  ///
  /// - Throws: `ConfigurationError` for another directory that does not exist, or something that is
  ///   not a directory; `MissingProgramFiles`.
  package func sources() throws -> ConfigurationSources {
    let config = configdir.map(Directories.absolute)
    let local = localdir.map(Directories.absolute)
    let system = sysconfdir.map(Directories.absolute)
    let existingLocal = local.flatMap { Directories.exists($0) ? $0 : nil }
    for case (let option, let path?) in [
      ("--configdir", config), ("--localdir", existingLocal), ("--sysconfdir", system),
    ] where !Directories.isDirectory(path) {
      throw ConfigurationError.missingDirectory(path, option: option)
    }
    if let config, !ConfigurationSources.holdsFiles(config) {
      throw ConfigurationError.emptyConfiguration(config)
    }
    let cache = Directories.absolute(cachedir)
    guard Directories.canBeDirectory(cache) else {
      throw ConfigurationError.notADirectory(cache, option: "--cachedir")
    }
    return ConfigurationSources(
      sourceDirectory: try ProgramFiles.sourceDirectory(),
      configDirectory: config, systemDirectory: systemDirectory,
      cacheDirectory: cache, localDirectory: local)
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
