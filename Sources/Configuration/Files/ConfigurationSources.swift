import SystemPackage

/// What the configuration is read from, and the directories that the section `build` names.
package struct ConfigurationSources: Sendable {
  /// The checkout, or the directory of the installed files: hooks, helpers, lib and data.
  package var sourceDirectory: FilePath
  /// The directory of `defaults.ini`, `schema.ini` and the attribute directories.
  package var configDirectory: FilePath
  /// The directory of the host's settings: `config.ini`, `private.ini` and keys.
  package var systemDirectory: FilePath
  /// The directory of downloads and builds.
  package var cacheDirectory: FilePath
  /// The directories of sites (`--localdir`), each with its own config, hooks, lib and data, in the
  /// order in which their files are read.
  package var localDirectories: [FilePath]
  /// The fleet whose files are read (`--fleet`).
  package var fleet: String?
  /// The file of settings that is read last of the public files (`--vars`).
  package var variablesFile: FilePath?

  /// The cache without `--cachedir`, which is that of EIB.
  package static let standardCacheDirectory: FilePath = "/var/cache/eos-image-builder"

  /// Makes the set of directories and files. All paths must be absolute.
  package init(
    sourceDirectory: FilePath, configDirectory: FilePath? = nil,
    systemDirectory: FilePath = "/etc/eos-image-builder",
    cacheDirectory: FilePath = standardCacheDirectory, localDirectories: [FilePath] = [],
    fleet: String? = nil, variablesFile: FilePath? = nil
  ) {
    self.sourceDirectory = sourceDirectory
    self.configDirectory = configDirectory ?? sourceDirectory.appending("config")
    self.systemDirectory = systemDirectory
    self.cacheDirectory = cacheDirectory
    self.localDirectories = localDirectories
    self.fleet = fleet
    self.variablesFile = variablesFile
  }

  /// The directories that contain attribute directories, in the order in which they are read.
  var attributeDirectories: [FilePath] {
    [configDirectory] + localDirectories.map { $0.appending("config") }
  }
}
