import ArgumentParser
import Configuration
import SystemPackage

/// `image-builder layer --config FILE`: builds a layer and publishes it.
package struct LayerBuildCommand: LayerEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Build a layer and publish it. (default)",
    usage: "image-builder layer --config <file> [--dry-run] [--json] [<option> ...]",
    discussion: """
      Each key of the file is an option, too, and options replace keys. Lists take words up to the next \
      option. All mistakes are told before anything is done, with exit status 65.
      """)

  @Option(
    help: ArgumentHelp("The YAML file that describes the layer.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String
  @Flag(help: "Check the file, and tell what would be done.")
  var dryRun = false
  @Flag(help: "Build the layer even if one with the same inputs is in the store.")
  var rebuild = false
  @Flag(help: "Print the answer as a JSON object.")
  var json = false
  @OptionGroup(title: "Layer") var layer: LayerSettingOptions
  @OptionGroup(title: "Packages and files") var packages: LayerPackageOptions
  @OptionGroup(title: "Playbooks") var playbooks: LayerPlaybookOptions
  @OptionGroup(title: "Publishing") var publishing: LayerPublishingOptions
  @OptionGroup(title: "Directories") var directories: LayerDirectories

  package init() {}

  /// What is asked.
  package var request: LayerRequest {
    let settings = [layer.settings, packages.settings, playbooks.settings, publishing.settings]
      .reduce(into: [:]) { $0.merge($1) { $1 } }
    return LayerRequest(
      file: Directories.absolute(config), settings: settings,
      cacheDirectory: directories.cacheDirectory, isDry: dryRun, rebuilds: rebuild, isJSON: json)
  }
}

/// Settings of all layers.
struct LayerSettingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("base or ansible.", valueName: "type"))
  var layerType: String?
  @Option(help: ArgumentHelp("Name of the image, without a registry.", valueName: "name"))
  var name: String?
  @Option(help: ArgumentHelp("Image below the layer, or scratch.", valueName: "image"))
  var parent: String?
  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Labels of the image.", valueName: "key=value"))
  var labels: [String] = []
  @Option(help: ArgumentHelp("Proxy for packages, keys and the parent.", valueName: "url"))
  var proxy: String?
  @Option(
    help: ArgumentHelp(
      "What programs say that is shown: ERROR, WARN, INFO or DEBUG.", valueName: "level"))
  var logLevel: String?

  var settings: [LayerKey: [String]] {
    given(
      [
        (.layerType, layerType), (.name, name), (.parent, parent), (.proxy, proxy),
        (.logLevel, logLevel),
      ], [(.labels, labels)])
  }
}

/// Settings of layers of packages.
struct LayerPackageOptions: ParsableArguments {
  @Option(help: ArgumentHelp("dnf, zypper, apt or apk.", valueName: "program"))
  var pkgManager: String?
  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Packages to install.", valueName: "package"))
  var packages: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Groups or patterns of packages to install.", valueName: "group"))
  var packageGroups: [String] = []
  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Packages to remove.", valueName: "package"))
  var removePackages: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Commands of dnf module.", valueName: "command=module"))
  var modules: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Files to copy into the image.", valueName: "source:dest"))
  var copyfiles: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Commands to run in the image.", valueName: "command"))
  var cmds: [String] = []
  @Option(help: ArgumentHelp("Whether packages are verified.", valueName: "true|false"))
  var gpgcheck: String?
  @Option(help: ArgumentHelp("Version of the system for dnf.", valueName: "version"))
  var releasever: String?
  @Option(help: ArgumentHelp("Platform of modules for dnf.", valueName: "platform"))
  var modulePlatformId: String?
  @Option(
    help: ArgumentHelp("Whether a failed script of a package is an error.", valueName: "true|false")
  )
  var strict: String?

  var settings: [LayerKey: [String]] {
    given(
      [
        (.packageManager, pkgManager), (.checksSignatures, gpgcheck), (.releaseVersion, releasever),
        (.modulePlatform, modulePlatformId), (.isStrict, strict),
      ],
      [
        (.packages, packages), (.packageGroups, packageGroups), (.removedPackages, removePackages),
        (.modules, modules), (.copiedFiles, copyfiles), (.commands, cmds),
      ])
  }
}

/// Settings of layers of playbooks.
struct LayerPlaybookOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Groups of the layer.", valueName: "group"))
  var groups: [String] = []
  @Option(
    name: [.customLong("playbooks"), .customLong("pb")], parsing: .upToNextOption,
    help: ArgumentHelp("Playbooks to run.", valueName: "file"), completion: .file())
  var playbooks: [String] = []
  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Inventories.", valueName: "path"),
    completion: .file())
  var inventory: [String] = []
  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Variables.", valueName: "name=value"))
  var vars: [String] = []
  @Option(help: ArgumentHelp("0 to 4: -v to -vvvv of ansible-playbook.", valueName: "number"))
  var ansibleVerbosity: String?

  var settings: [LayerKey: [String]] {
    given(
      [(.ansibleVerbosity, ansibleVerbosity)],
      [
        (.groups, groups), (.playbooks, playbooks), (.inventory, inventory), (.variables, vars),
      ])
  }
}

/// Where a layer goes.
struct LayerPublishingOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Tags of the image.", valueName: "tag"))
  var publishTags: [String] = []
  @Option(help: ArgumentHelp("Registry, with a path.", valueName: "host/path"))
  var publishRegistry: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Options for writing to the registry.", valueName: "options"))
  var registryOptsPush: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Options for reading the parent.", valueName: "options"))
  var registryOptsPull: String?
  @Option(
    name: [.customLong("publish-s3")],
    help: ArgumentHelp("Object store for nodes that boot from the network.", valueName: "url"))
  var publishS3: String?
  @Option(
    name: [.customLong("s3-prefix")],
    help: ArgumentHelp("What names of objects begin with.", valueName: "prefix"))
  var s3Prefix: String?
  @Option(
    name: [.customLong("s3-bucket")], help: ArgumentHelp("Bucket.", valueName: "bucket"))
  var s3Bucket: String?
  @Option(
    help: ArgumentHelp("gzip, lz4, lzo, xz or zstd.", valueName: "algorithm"))
  var squashfsCompression: String?
  @Flag(inversion: .prefixedNo, help: "Copy the image to the host's /var/lib/containers.")
  var publishLocal: Bool?

  var settings: [LayerKey: [String]] {
    given(
      [
        (.publishRegistry, publishRegistry), (.registryOptionsPush, registryOptsPush),
        (.registryOptionsPull, registryOptsPull), (.publishS3, publishS3), (.s3Prefix, s3Prefix),
        (.s3Bucket, s3Bucket), (.squashCompression, squashfsCompression),
        (.publishLocal, publishLocal.map { "\($0)" }),
      ], [(.publishTags, publishTags)])
  }
}

/// The settings that were given.
private func given(
  _ texts: [(LayerKey, String?)], _ lists: [(LayerKey, [String])]
) -> [LayerKey: [String]] {
  var settings: [LayerKey: [String]] = [:]
  for case (let key, let text?) in texts { settings[key] = [text] }
  for (key, list) in lists where !list.isEmpty { settings[key] = list }
  return settings
}
