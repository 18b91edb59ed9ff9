import ArgumentParser
import Configuration

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
  @Option(
    help: ArgumentHelp("Whether commands and playbooks have a network.", valueName: "true|false"))
  var network: String?

  var settings: [LayerKey: [String]] {
    given(
      [
        (.layerType, layerType), (.name, name), (.parent, parent), (.proxy, proxy),
        (.logLevel, logLevel), (.hasNetwork, network),
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

/// Settings of security scans.
struct LayerScanOptions: ParsableArguments {
  @Flag(inversion: .prefixedNo, help: "Install OpenSCAP and its guides in the image.")
  var installScap: Bool?
  @Flag(inversion: .prefixedNo, help: "Scan the image by a benchmark.")
  var scapBenchmark: Bool?
  @Flag(inversion: .prefixedNo, help: "Look for known vulnerabilities.")
  var ovalEval: Bool?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("What is scanned, and where reports go.", valueName: "key=value"))
  var openscap: [String] = []

  var settings: [LayerKey: [String]] {
    given(
      [
        (.installsScanner, installScap.map { "\($0)" }),
        (.scansBenchmark, scapBenchmark.map { "\($0)" }),
        (.scansVulnerabilities, ovalEval.map { "\($0)" }),
      ], [(.securityScan, openscap)])
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

/// What registries need whose options name no such file or directory.
package struct LayerRegistryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "File with log-ins, as skopeo login --authfile writes it.", valueName: "file"),
    completion: .file())
  var authfile: String?
  @Option(
    help: ArgumentHelp("Directory with certificates of registries.", valueName: "dir"),
    completion: .directory)
  var certDir: String?

  package init() {}

  func complete(_ request: inout LayerRequest) {
    request.authenticationFile = authfile.map { Directories.absolute($0).string }
    request.certificateDirectory = certDir.map { Directories.absolute($0).string }
  }
}

/// The settings that were given.
func given(
  _ texts: [(LayerKey, String?)], _ lists: [(LayerKey, [String])]
) -> [LayerKey: [String]] {
  var settings: [LayerKey: [String]] = [:]
  for case (let key, let text?) in texts { settings[key] = [text] }
  for (key, list) in lists where !list.isEmpty { settings[key] = list }
  return settings
}
