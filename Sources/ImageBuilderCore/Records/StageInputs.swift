import Configuration

/// The inputs that determine the result of a stage: settings, hooks, files and the program.
///
/// The digest of a short secret reveals the secret, so entries are stored where only root can read
/// them.
struct StageInputs {
  let entries: [String: String]

  /// - Throws: `ConfigurationError`, `LinuxError`, `MissingProgramFiles`.
  init(
    _ stage: Stage, _ configuration: Configuration, _ paths: BuildPaths,
    _ files: InputFiles = InputFiles()
  ) throws {
    var account = InputAccount(configuration, paths, files)
    let settings = try configuration.inputSettings(through: stage)
    account.add("setting", settings.public)
    account.addDigests(of: settings.private)
    // The public settings are an output of this stage (config.ini). A failed publish must be able to
    // go on with other settings of its own.
    if stage == .manifest { account.add("public setting", configuration.publishedSettings) }
    for group in HookGroup.allCases where group.stage == stage { try account.addHooks(of: group) }
    try account.addProgramAndFiles()
    entries = account.entries
  }
}
