/// A setting of a layer: a key of its file, and an option of `image-builder layer`. The keys are those of
/// OpenCHAMI's image-build; those from `releaseVersion` on are ours.
package enum LayerKey: String, CaseIterable, Sendable {
  case layerType = "layer_type"
  case name
  case parent
  case packageManager = "pkg_manager"
  case checksSignatures = "gpgcheck"
  case proxy
  case publishLocal = "publish_local"
  case publishRegistry = "publish_registry"
  case publishTags = "publish_tags"
  case registryOptionsPush = "registry_opts_push"
  case registryOptionsPull = "registry_opts_pull"
  case publishS3 = "publish_s3"
  case s3Prefix = "s3_prefix"
  case s3Bucket = "s3_bucket"
  case labels
  case groups
  case playbooks
  case inventory
  case variables = "vars"
  case ansibleVerbosity = "ansible_verbosity"
  case logLevel = "log_level"
  case installsScanner = "install_scap"
  case scansBenchmark = "scap_benchmark"
  case scansVulnerabilities = "oval_eval"
  case releaseVersion = "releasever"
  case modulePlatform = "module_platform_id"
  case isStrict = "strict"
  case squashCompression = "squashfs_compression"
  case hasNetwork = "network"
  // Beside `options`.
  case packages
  case packageGroups = "package_groups"
  case removedPackages = "remove_packages"
  case modules
  case copiedFiles = "copyfiles"
  case commands = "cmds"
  case securityScan = "openscap"

  /// The keys of the mapping `options`.
  package static let inOptions = allCases.filter { !besideOptions.contains($0) }
  /// The keys beside that mapping, apart from `repos`, which has no option of the command line.
  package static let besideOptions: [LayerKey] = [
    .packages, .packageGroups, .removedPackages, .modules, .copiedFiles, .commands, .securityScan,
  ]

  /// The option of the command line.
  package var option: String {
    "--" + rawValue.split(separator: "_").joined(separator: "-")
  }

  /// The key with the mappings above it, for messages.
  package var path: String {
    Self.besideOptions.contains(self) ? rawValue : "options.\(rawValue)"
  }
}
