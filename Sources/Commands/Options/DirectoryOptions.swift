import ArgumentParser
import Configuration
import SystemPackage

/// What the configuration is read from, and the directories of hooks and the cache.
package struct DirectoryOptions: ParsableArguments {
  @Option(
    name: [.customShort("d"), .long],
    help: ArgumentHelp(
      "Directory of a site, with config, hooks, lib and data of its own; may be repeated: later "
        + "ones override earlier ones.", valueName: "dir"),
    completion: .directory)
  var localdir: [String] = []
  @Option(
    help: ArgumentHelp(
      "Read the file of this fleet, too: a build makes what the fleet would build.",
      valueName: "name"),
    completion: Completion.fleets)
  var fleet: String?
  @Option(
    help: ArgumentHelp(
      "Read this file after all other public ones.", valueName: "file.ini"),
    completion: .file(extensions: ["ini"]))
  var vars: String?
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

  /// Checks that no name is empty.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    let directories = [
      ("--configdir", configdir), ("--sysconfdir", sysconfdir), ("--cachedir", cachedir),
    ]
    for (option, directory) in directories + localdir.map({ ("--localdir", $0) }) {
      try refuseEmptyName(directory, of: option, kind: "directory")
    }
    try refuseEmptyName(fleet, of: "--fleet", kind: "fleet")
    try refuseEmptyName(vars, of: "--vars", kind: "file")
  }

  /// SYSCONFDIR, which need not exist.
  package var systemDirectory: FilePath {
    sysconfdir.map(Directories.absolute) ?? "/etc/eos-image-builder"
  }

  /// Returns the directories and files as absolute paths. A `--localdir` that does not exist is a
  /// warning of the configuration.
  ///
  /// - Throws: `ConfigurationError` for another directory that does not exist, or something that is
  ///   not a directory; `MissingProgramFiles`.
  package func sources() throws -> ConfigurationSources {
    let config = configdir.map(Directories.absolute)
    let local = localdir.map(Directories.absolute)
    let required =
      [("--configdir", config), ("--sysconfdir", sysconfdir.map(Directories.absolute))]
      + local.filter(Directories.exists).map { ("--localdir", $0) }
    for case (let option, let path?) in required where !Directories.isDirectory(path) {
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
      sourceDirectory: try ProgramFiles.sourceDirectory(), configDirectory: config,
      systemDirectory: systemDirectory, cacheDirectory: cache, localDirectories: local,
      fleet: fleet, variablesFile: vars.map(Directories.absolute))
  }
}

/// Refuses an empty name; that of a file or directory would be the working directory.
///
/// - Throws: `ValidationError`.
func refuseEmptyName(_ name: String?, of option: String, kind: String) throws {
  guard name != "" else {
    throw ValidationError("\(option) requires a \(kind), not an empty name.")
  }
}
