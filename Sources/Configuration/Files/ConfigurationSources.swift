import SystemPackage

/// The directories that configuration is read from and that the section `build` names.
package struct ConfigurationSources: Sendable {
  /// The checkout, or the directory of the installed files: hooks, helpers, lib and data.
  package var sourceDirectory: FilePath
  /// The directory of `defaults.ini`, `schema.ini` and the attribute directories.
  package var configDirectory: FilePath
  /// The directory of the host's settings: `config.ini`, `private.ini` and keys.
  package var systemDirectory: FilePath
  /// The directory of downloads and builds.
  package var cacheDirectory: FilePath
  /// The directory of a site (`--localdir`), with its own config, hooks, lib and data.
  package var localDirectory: FilePath?

  /// The cache without `--cachedir`, which is that of EIB.
  package static let standardCacheDirectory: FilePath = "/var/cache/eos-image-builder"

  /// Makes the set of directories. All paths must be absolute.
  package init(
    sourceDirectory: FilePath, configDirectory: FilePath? = nil,
    systemDirectory: FilePath = "/etc/eos-image-builder",
    cacheDirectory: FilePath = standardCacheDirectory, localDirectory: FilePath? = nil
  ) {
    self.sourceDirectory = sourceDirectory
    self.configDirectory = configDirectory ?? sourceDirectory.appending("config")
    self.systemDirectory = systemDirectory
    self.cacheDirectory = cacheDirectory
    self.localDirectory = localDirectory
  }

  /// The directories that contain attribute directories, in the order in which they are read.
  var attributeDirectories: [FilePath] {
    [configDirectory] + (localDirectory.map { [$0.appending("config")] } ?? [])
  }
}
