import ArgumentParser
import ImageBuilderCore
import SystemPackage

struct VariantOptions: ParsableArguments {
  @Option(name: [.customShort("p"), .long], help: "Product to build.")
  var product = "eoscustom"
  @Option(
    name: [.customShort("a"), .long],
    help: "Architecture: amd64, arm64 or i386 (default: the host's).")
  var arch: String?
  @Option(help: "Platform, for hardware that needs its own settings (default: the architecture).")
  var platform: String?
  @Option(name: [.customShort("P"), .long], help: "Personality, usually a language.")
  var personality = "base"
  @Argument(help: "Branch to build.")
  var branch = "master"

  func variant() throws -> Variant {
    try Variant(
      product: product, branch: branch, arch: arch, platform: platform, personality: personality)
  }
}

struct DirectoryOptions: ParsableArguments {
  @Option(
    name: [.customShort("d"), .long],
    help: "A site's own directory with config, hooks, lib and data.")
  var localdir: String?
  @Option(help: "Directory of the INI files (default: config of the checkout).")
  var configdir: String?
  @Option(
    help: "Directory of the host's settings and keys (default: /etc/eos-image-builder).")
  var sysconfdir: String?
  @Option(help: "Directory of downloads and builds.")
  var cachedir = "/var/cache/eos-image-builder"

  func sources() throws -> ConfigurationSources {
    for (option, directory) in [
      ("--configdir", configdir), ("--localdir", localdir), ("--sysconfdir", sysconfdir),
    ] {
      guard let path = directory.map(SourceDirectory.absolute) else { continue }
      guard SourceDirectory.isDirectory(path) else {
        throw ConfigurationError.missingDirectory(path, option: option)
      }
    }
    return ConfigurationSources(
      sourceDirectory: try SourceDirectory.find(),
      configDirectory: configdir.map(SourceDirectory.absolute),
      systemDirectory: SourceDirectory.absolute(sysconfdir ?? "/etc/eos-image-builder"),
      cacheDirectory: SourceDirectory.absolute(cachedir),
      localDirectory: localdir.map(SourceDirectory.absolute))
  }
}

/// The values of `--progress`.
enum ProgressName: String, ExpressibleByArgument, CaseIterable {
  case auto, plain, json

  func form(descriptor: Int32?) -> ProgressForm {
    switch self {
    case .auto: .auto
    case .plain: .plain
    case .json: .json(descriptor: descriptor ?? 1)
    }
  }
}

struct BuildCommandOptions: ParsableArguments {
  @Flag(name: [.customShort("n"), .long], help: "Build, but publish nothing.")
  var dryRun = false
  @Option(help: "Run only these stages, separated by commas.")
  var stages: String?
  @Option(
    help: "Go on from this stage with what a failed build has left, and has its version.")
  var fromStage: String?
  @Option(help: "Build version (default: the time, UTC, as yymmdd-HHMMSS).")
  var buildVersion: String?
  @Flag(
    name: [.customLong("use-production-ostree"), .customLong("use-production")],
    help: "Pull from ostree:prod_url.")
  var useProductionOstree = false
  @Flag(help: "Compose the embedded tree again though it is fresh.")
  var refreshTree = false
  @Flag(
    inversion: .prefixedNo,
    help: "Boot the image before it is published (default: boot_test:enable, if no dry run).")
  var bootTest: Bool?
  @Option(help: "Seconds to wait for another build of the same directory.")
  var lockTimeout = 60
  @Flag(help: "Write more into the log.")
  var debug = false
  @Option(help: "What to show: plain lines, JSON lines beside them, or what fits the terminal.")
  var progress = ProgressName.auto
  @Option(
    help: ArgumentHelp(
      "With --progress json: the descriptor for JSON (default: 1, standard output).",
      valueName: "n"))
  var progressFd: Int32?

  func options() throws -> BuildOptions {
    BuildOptions(
      stages: try stages.map { try Stage.list($0) },
      firstStage: try fromStage.map { try Stage.named($0) }, lockTimeout: .seconds(lockTimeout),
      refreshesTree: refreshTree, isDebugging: debug, bootTest: bootTest,
      progress: progress.form(descriptor: progressFd))
  }

  func validate() throws {
    guard stages == nil || fromStage == nil else {
      throw ValidationError("Choose one of --stages and --from-stage.")
    }
    guard lockTimeout >= 0 else {
      throw ValidationError("--lock-timeout takes a number of seconds from 0 on.")
    }
    guard progress == .json || progressFd == nil else {
      throw ValidationError("--progress-fd goes with --progress json.")
    }
    if let progressFd, [0, 2].contains(progressFd) || !ProgressForm.isWritable(progressFd) {
      throw ValidationError(
        "--progress-fd takes a descriptor that is open for writing, other than 0 and 2, which has "
          + "the log; \(progressFd) is none.")
    }
  }
}

struct ShowOptions: ParsableArguments {
  @Flag(help: "Show the merged configuration.")
  var showConfig = false
  @Flag(help: "Show the environment that hooks get.")
  var showEnv = false
  @Option(
    help: ArgumentHelp(
      "Show where an option's value, or all of a section, comes from.",
      valueName: "section[:option]"))
  var explain: String?
  @Flag(help: "Check the variant: names, values, hooks.")
  var check = false
  @Flag(help: "Check every variant that variants:list names, or that there are files for.")
  var checkAll = false
  @Option(help: ArgumentHelp("Verify the outputs of a build in a directory.", valueName: "dir"))
  var verify: String?
  @Option(
    name: .customLong("key"),
    help: ArgumentHelp(
      "With --verify: a public key that may have signed (repeatable; default: "
        + "image:signing_public_keys).", valueName: "file"))
  var keys: [String] = []
  @Flag(help: "With --show-config: expand references.")
  var resolved = false
  @Flag(help: "With --show-config or --show-env: show private values too.")
  var `private` = false
  @Flag(help: "Write a JSON object.")
  var json = false

  var isRequested: Bool { requests > 0 }

  private var requests: Int {
    [showConfig, showEnv, explain != nil, check, checkAll, verify != nil].count { $0 }
  }

  func validate() throws {
    guard requests <= 1 else {
      throw ValidationError(
        "Choose one of --show-config, --show-env, --explain, --check, --check-all and --verify.")
    }
    guard verify != nil || keys.isEmpty else {
      throw ValidationError("--key goes with --verify.")
    }
    guard showConfig || !resolved else {
      throw ValidationError("--resolved goes with --show-config.")
    }
    guard showConfig || showEnv || !`private` else {
      throw ValidationError("--private goes with --show-config or --show-env.")
    }
    guard isRequested && verify == nil || !json else {
      throw ValidationError(
        "--json goes with --show-config, --show-env, --explain, --check or --check-all.")
    }
  }

  /// What is to be printed about a configuration.
  func text(of configuration: Configuration) throws -> String {
    let view: Configuration.View = `private` ? .complete : .public
    if let explain { return try configuration.explanation(of: explain, asJSON: json) }
    return showEnv
      ? try configuration.environmentText(view, asJSON: json)
      : try configuration.text(view, resolved: resolved, asJSON: json)
  }

  /// Verifies a directory and says what was found.
  ///
  /// - Parameter configuredKeys: gives the keys that take the place of `--key`.
  /// - Returns: the exit status: 65 when there is a finding.
  func report(verifying directory: String, configuredKeys: () throws -> [FilePath]) throws -> Int32
  {
    let verification = try Verification.run(
      SourceDirectory.absolute(directory),
      keys: keys.isEmpty ? configuredKeys() : keys.map(SourceDirectory.absolute))
    complain(verification.findings.map { "error: \($0)" })
    guard verification.findings.isEmpty else { return 65 }
    print(verification.summary)
    return 0
  }

  /// Prints what a check finds.
  ///
  /// - Returns: the exit status: 65 when there is an error.
  func report(_ run: () throws -> ConfigurationCheck) throws -> Int32 {
    let check: ConfigurationCheck
    do {
      check = try run()
    } catch let error as ConfigurationError where json {
      print(try ConfigurationCheck.json(of: error), terminator: "")
      return 65
    }
    print(json ? try check.json() : check.text, terminator: "")
    if !json { check.messages.forEach(complain) }
    return check.isPassed ? 0 : 65
  }
}
