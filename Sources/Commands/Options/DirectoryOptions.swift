import ArgumentParser
import Configuration

/// The directories of the configuration, the hooks and the cache.
package struct DirectoryOptions: ParsableArguments {
  @Option(
    name: [.customShort("d"), .long],
    help: "A site's own directory with config, hooks, lib and data.", completion: .directory)
  var localdir: String?
  @Option(
    help: "Directory of the INI files (default: config of the checkout).", completion: .directory)
  var configdir: String?
  @Option(
    help: "Directory of the host's settings and keys (default: /etc/eos-image-builder).",
    completion: .directory)
  var sysconfdir: String?
  @Option(help: "Directory of downloads and builds.", completion: .directory)
  var cachedir = "/var/cache/eos-image-builder"

  package init() {}

  /// Returns the directories as absolute paths.
  ///
  /// - Throws: `ConfigurationError` for a directory that does not exist; `MissingProgramFiles`.
  package func sources() throws -> ConfigurationSources {
    for (option, directory) in [
      ("--configdir", configdir), ("--localdir", localdir), ("--sysconfdir", sysconfdir),
    ] {
      guard let path = directory.map(Directories.absolute) else { continue }
      guard Directories.isDirectory(path) else {
        throw ConfigurationError.missingDirectory(path, option: option)
      }
    }
    return ConfigurationSources(
      sourceDirectory: try ProgramFiles.sourceDirectory(),
      configDirectory: configdir.map(Directories.absolute),
      systemDirectory: Directories.absolute(sysconfdir ?? "/etc/eos-image-builder"),
      cacheDirectory: Directories.absolute(cachedir),
      localDirectory: localdir.map(Directories.absolute))
  }
}
