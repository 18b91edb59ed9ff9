import Glibc

/// The environment variables that one process of a build sets for the next, or that a user sets
/// for all of them. Options of the configuration become variables too (`ConfigurationViews`).
package enum BuildVariable: String, CaseIterable, Sendable {
  /// Path of the program that runs the stages.
  case program = "EIB_PROGRAM"
  /// Names of the stages to run, separated by blanks.
  case stages = "EIB_STAGES"
  /// Whether the embedded tree is composed again.
  case refreshTree = "EIB_REFRESH_TREE"
  /// `true` for --boot-test, `false` for --no-boot-test. It is no option, because the saved
  /// configuration is the same for equal inputs.
  case bootTest = "EIB_BOOT_TEST"
  /// `1` for --debug.
  case debug = "EIB_DEBUG"
  /// Group of the hook that runs.
  case hookGroup = "EIB_HOOK_GROUP"
  /// A directory of hooks that replaces the checkout's.
  case hookDirectory = "EIB_HOOKSDIR"
  /// How often `eib_retry` of the hook library tries, and how long it waits.
  case retryAttempts = "EIB_RETRY_ATTEMPTS"
  case retryInterval = "EIB_RETRY_INTERVAL"
  /// Path of the complete configuration that the build saved; also the variable of
  /// build:tmpfullconfig.
  case savedConfiguration = "EIB_TMPFULLCONFIG"
  /// The time, in seconds since the epoch, that replaces the current one in outputs.
  case sourceDateEpoch = "SOURCE_DATE_EPOCH"
  /// What lines begin with that report the progress of a stage. Hooks do not get it.
  case stepMark = "IMAGE_BUILDER_STEP_MARK"
  /// Makes a process the one inside the namespaces of a build; its value is the build version.
  /// Hooks do not get it.
  case isolatedBuild = "IMAGE_BUILDER_ISOLATED_BUILD"
  /// The digest of the configuration that the build was checked and locked with. Hooks do not get
  /// it.
  case configurationDigest = "IMAGE_BUILDER_CONFIGURATION_DIGEST"

  /// The value in the environment of this process.
  package var value: String? { getenv(rawValue).map { String(cString: $0) } }

  /// Whether hooks see it under this name beside the options.
  package var isForHooks: Bool { rawValue.hasPrefix("EIB_") && self != .savedConfiguration }
}

extension [String: String] {
  /// The value of a variable of the build.
  package subscript(variable variable: BuildVariable) -> String? {
    get { self[variable.rawValue] }
    set { self[variable.rawValue] = newValue }
  }
}

/// The environment of this process.
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
