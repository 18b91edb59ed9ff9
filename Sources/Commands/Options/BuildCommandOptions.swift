import ArgumentParser
import Configuration

/// Options for how a build runs.
package struct BuildCommandOptions: ParsableArguments {
  @Flag(name: [.customShort("n"), .long], help: "Build without publishing.")
  var dryRun = false
  @Option(
    help: ArgumentHelp(
      "Run only these stages, separated by commas. "
        + "(values: \(Stage.regular.map(\.rawValue).joined(separator: ", ")))",
      valueName: "stages"),
    completion: Completion.stages)
  var stages: String?
  @Option(
    help: ArgumentHelp(
      "Resume the failed build at this stage, with its files and its version.", valueName: "stage"),
    completion: .list(Stage.regular.map(\.rawValue)))
  var fromStage: String?
  @Option(
    help: ArgumentHelp(
      "Build version. (default: the time in UTC, yymmdd-HHMMSS)", valueName: "version"))
  var buildVersion: String?
  @Flag(
    name: [.customLong("use-production-ostree"), .customLong("use-production")],
    help: "Pull the tree from ostree:prod_pull_url.")
  var useProductionOstree = false
  @Option(
    help: ArgumentHelp(
      "Build from this commit of the tree, and from no other. (default: the newest one)",
      valueName: "commit"))
  var commit: String?
  @Option(
    help: ArgumentHelp(
      "Build only if the inputs are those in this file, the inputs.json of another build.",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var expectInputs: String?
  @Option(
    help: ArgumentHelp(
      "Take the lines in this file for those that the hooks of the group inputs print.",
      valueName: "file"),
    completion: .file())
  var probes: String?
  @Flag(help: "Compose the embedded tree even if it is up to date.")
  var refreshTree = false
  @Flag(
    inversion: .prefixedNo,
    help:
      "Boot the image before publishing it. (default: boot_test:enable, but not with --dry-run)")
  var bootTest: Bool?
  @Option(
    help: ArgumentHelp(
      "How long to wait for another build of the same variant.", valueName: "seconds"))
  var lockTimeout = 60
  @Flag(help: "Print the whole log, including the traces of hooks.")
  var debug = false
  @Option(
    help: ArgumentHelp(
      "auto (live on a terminal), plain (log lines) or json (JSON lines in addition).",
      valueName: "form"))
  var progress = ProgressName.auto
  @Option(
    help: ArgumentHelp(
      "With --progress json: file descriptor for the JSON. (default: 1, standard output)",
      valueName: "fd"))
  var progressFd: Int32?

  package init() {}

  private func checkedCommit() throws -> String? {
    guard let commit, !DigestSyntax.isValid(commit) else { return commit }
    throw MalformedCommit(found: commit)
  }

  /// Returns what the options ask of a build.
  ///
  /// - Throws: `UnknownStage`, `MalformedCommit`.
  package func request() throws -> BuildRequest {
    BuildRequest(
      stages: try stages.map { try Stage.list($0) },
      firstStage: try fromStage.map { try Stage.named($0) }, lockTimeout: .seconds(lockTimeout),
      refreshesTree: refreshTree, isDebugging: debug, bootTest: bootTest,
      progress: progress.form(descriptor: progressFd), commit: try checkedCommit(),
      expectedInputs: expectInputs.map(Directories.absolute),
      probes: probes.map(Directories.absolute))
  }

  /// Returns the settings that become options of the configuration.
  ///
  /// - Parameter version: the build version to use instead of that of the command line.
  /// - Throws: `ConfigurationError`.
  package func settings(replacingVersion version: String? = nil) throws -> BuildSettings {
    try BuildSettings(
      buildVersion: version ?? buildVersion, isDryRun: dryRun,
      usesProductionOSTree: useProductionOstree)
  }

  /// Whether the command line sets the build version.
  package var hasVersion: Bool { buildVersion != nil }

  /// Checks that the options can be used together and that `--progress-fd` is writable.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    guard stages == nil || fromStage == nil else {
      throw ValidationError("Choose one of --stages and --from-stage.")
    }
    try refuseEmptyName(expectInputs, of: "--expect-inputs", kind: "file")
    try refuseEmptyName(probes, of: "--probes", kind: "file")
    guard commit == nil || !refreshTree else {
      throw ValidationError("Choose one of --commit and --refresh-tree.")
    }
    guard lockTimeout >= 0 else {
      throw ValidationError("--lock-timeout must be 0 or more seconds.")
    }
    guard progress == .json || progressFd == nil else {
      throw ValidationError("--progress-fd requires --progress json.")
    }
    if let progressFd, [0, 2].contains(progressFd) || !ProgressForm.isWritable(progressFd) {
      throw ValidationError(
        "--progress-fd takes a descriptor that is open for writing, other than 0 and 2, which "
          + "has the log; \(progressFd) is not one.")
    }
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

/// The value of `--commit` is not the checksum of a commit.
struct MalformedCommit: ExitStatusError, CustomStringConvertible {
  let found: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "--commit is '\(visible(found))'; accepted: the checksum of a commit, 64 digits 0-9 and a-f"
  }
}
