import Glibc

/// Environment variables that a process of a build sets for its children, or that the user sets for
/// all processes. `Configuration.environment` makes the variables of options.
package enum BuildVariable: String, CaseIterable, Sendable {
  /// The path of the program that runs the stages.
  case program = "EIB_PROGRAM"
  /// The names of the stages to run, separated by spaces.
  case stages = "EIB_STAGES"
  /// Whether the embedded tree is composed even if it is up to date: `true` or `false`.
  case refreshTree = "EIB_REFRESH_TREE"
  /// The only commit of the tree that the build accepts (`--commit`). Not set for the newest one.
  case pinnedCommit = "EIB_PINNED_COMMIT"
  /// `1` if a hook of the group `ostree` is only asked whether its tree is up to date.
  case freshness = "EIB_FRESHNESS"
  /// `true` for `--boot-test`, `false` for `--no-boot-test`. This is not an option of the
  /// configuration, because the saved configuration must be the same for the same inputs.
  case bootTest = "EIB_BOOT_TEST"
  /// `1` for `--debug`, otherwise not set.
  case debug = "EIB_DEBUG"
  /// The status with which buildscript ends. Set for the error stage and its hooks.
  case status = "EIB_STATUS"
  /// The group of the running hook.
  case hookGroup = "EIB_HOOK_GROUP"
  /// The fleet that is released, its version, and the path of a copy of the record. Set for the hooks
  /// of the group `release`.
  case releasedFleet = "EIB_FLEET"
  case releaseVersion = "EIB_RELEASE_VERSION"
  case releaseRecord = "EIB_RELEASE_RECORD"
  /// The path of the cache inside the deployment.
  case cacheDirectoryInChroot = "EIB_CACHEDIR_CHROOT"
  /// The path of the source directory inside the deployment.
  case sourceDirectoryInChroot = "EIB_SRCDIR_CHROOT"
  /// A directory of hooks that replaces the `hooks` directory of the checkout.
  case hookDirectory = "EIB_HOOKSDIR"
  /// The number of attempts of `eib_retry` in the hook library, and of transfers.
  case retryAttempts = "EIB_RETRY_ATTEMPTS"
  /// The seconds between two attempts of `eib_retry`, and before the second one of a transfer.
  case retryInterval = "EIB_RETRY_INTERVAL"
  /// The path of the complete configuration that the build saved. This is also the variable of
  /// `build:tmpfullconfig`.
  case savedConfiguration = "EIB_TMPFULLCONFIG"
  /// The path of the public configuration, which is also the variable of `build:tmpconfig`.
  case savedPublicConfiguration = "EIB_TMPCONFIG"
  /// The time in outputs instead of the current one, in seconds since 1970.
  case sourceDateEpoch = "SOURCE_DATE_EPOCH"
  /// The prefix of lines in which a stage reports its progress. Hooks do not get it.
  case stepMark = "IMAGE_BUILDER_STEP_MARK"
  /// Marks the process that runs the build inside its namespaces. The value is the build version.
  /// Hooks do not get it.
  case isolatedBuild = "IMAGE_BUILDER_ISOLATED_BUILD"
  /// The digest of the configuration with which the build was checked and locked. Hooks do not get
  /// it.
  case configurationDigest = "IMAGE_BUILDER_CONFIGURATION_DIGEST"
  /// The keys of an account at an object store, as AWS's tools read them. Hooks do not get them.
  case accessKeyID = "AWS_ACCESS_KEY_ID"
  case secretAccessKey = "AWS_SECRET_ACCESS_KEY"
  case sessionToken = "AWS_SESSION_TOKEN"
  /// The URL of an object store that is not AWS's.
  case objectStore = "AWS_ENDPOINT_URL_S3"
  /// The path of slurm.conf, as Slurm's commands read it.
  case slurmConfiguration = "SLURM_CONF"
  /// The job and the machine of a process that Slurm has started.
  case slurmJob = "SLURM_JOB_ID"
  case slurmMachine = "SLURMD_NODENAME"

  /// The variables that the publish stage needs for an object store.
  package static let ofObjectStores: [BuildVariable] = [
    .accessKeyID, .secretAccessKey, .sessionToken, .objectStore,
  ]

  /// The value in the environment of this process; nil if not set.
  package var value: String? { getenv(rawValue).map { String(cString: $0) } }

  /// Whether this is an `EIB_*` variable that hooks get in addition to those of options.
  package var isForHooks: Bool {
    rawValue.hasPrefix("EIB_") && ![.savedConfiguration, .savedPublicConfiguration].contains(self)
  }
}

extension [String: String] {
  /// The value of a variable of the build.
  package subscript(variable variable: BuildVariable) -> String? {
    get { self[variable.rawValue] }
    set { self[variable.rawValue] = newValue }
  }
}

/// Returns the environment of this process.
package func currentEnvironment() -> [String: String] {
  var environment: [String: String] = [:]
  var entry = environ
  while let variable = entry.pointee {
    let text = String(cString: variable)
    if let separator = text.firstIndex(of: "=") {
      environment[String(text[..<separator])] = String(text[text.index(after: separator)...])
    }
    entry += 1
  }
  return environment
}
