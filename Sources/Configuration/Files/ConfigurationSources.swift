import SystemPackage

/// The directories that configuration is read from and that the `build` section names.
package struct ConfigurationSources: Sendable {
  /// The checkout or the installed data directory: holds hooks, helpers, lib and data.
  package var sourceDirectory: FilePath
  /// The directory of defaults.ini, schema.ini and the attribute folders.
  package var configDirectory: FilePath
  /// The host's own settings: config.ini, private.ini, keys.
  package var systemDirectory: FilePath
  /// Where downloads and builds are kept.
  package var cacheDirectory: FilePath
  /// A site's own tree, with config, hooks, lib and data of its own.
  package var localDirectory: FilePath?

  /// Names the directories; all paths are absolute.
  package init(
    sourceDirectory: FilePath, configDirectory: FilePath? = nil,
    systemDirectory: FilePath = "/etc/eos-image-builder",
    cacheDirectory: FilePath = "/var/cache/eos-image-builder", localDirectory: FilePath? = nil
  ) {
    self.sourceDirectory = sourceDirectory
    self.configDirectory = configDirectory ?? sourceDirectory.appending("config")
    self.systemDirectory = systemDirectory
    self.cacheDirectory = cacheDirectory
    self.localDirectory = localDirectory
  }

  /// The directories that hold attribute folders, the checkout's first.
  var attributeDirectories: [FilePath] {
    [configDirectory] + (localDirectory.map { [$0.appending("config")] } ?? [])
  }
}
