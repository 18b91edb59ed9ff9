import Configuration
import SystemPackage

extension HookEnvironment {
  /// The environment of a hook that answers a question without a build. The saved configuration is in a
  /// directory of its own.
  ///
  /// - Throws: `ConfigurationError`, `LinuxError`, `MissingProgramFiles`.
  static func outsideBuild(
    of group: HookGroup, _ configuration: Configuration, _ paths: BuildPaths,
    settingsIn directory: FilePath
  ) throws -> [String: String] {
    let complete = directory.appending("fullconfig.ini")
    let shown = directory.appending("config.ini")
    try FileAccess.write(
      configuration.rendered(.complete, resolved: false), to: complete,
      permissions: .ownerReadWrite, waitsForDisk: false)
    try FileAccess.write(
      configuration.rendered(.public, resolved: false), to: shown, waitsForDisk: false)
    var inherited: [String: String] = [:]
    for (name, value) in try configuration.environment() { inherited[name] = value }
    for variable in [BuildVariable.sourceDateEpoch, .hookDirectory] {
      inherited[variable: variable] = variable.value
    }
    inherited[variable: .program] = try ProgramFiles.command().string
    inherited[variable: .savedConfiguration] = complete.string
    inherited[variable: .savedPublicConfiguration] = shown.string
    return HookEnvironment(paths, inherited: inherited).host(group, nil)
  }
}

extension Hook {
  /// Runs the hook as the user of this process, and waits until it has answered.
  ///
  /// - Parameter output: the file for its standard output.
  /// - Throws: `HookFailure`; `LinuxError`; `CancellationError`.
  func ask(
    environment: [String: String], _ paths: BuildPaths, _ secrets: SecretFilter,
    output: FilePath
  ) async throws {
    let command = hostCommand(environment: environment, paths)
    let file = try FileDescriptor.open(
      output, .writeOnly, options: [.create, .truncate, .closeOnExec],
      permissions: .ownerReadWrite)
    defer { try? file.close() }
    do {
      try await withTimeLimit(
        timeLimit?.duration,
        orThrow: { HookFailure(hook: self, reason: .timedOut(during: ""), lastLines: []) }
      ) {
        try await command.run(withoutSplitting: secrets, standardOutput: file)
      }
    } catch let failure as CommandFailure {
      throw HookFailure(
        hook: self, reason: .command(failure.reason),
        lastLines: failure.lastLines.map { secrets($0) }
      )
    }
  }
}
