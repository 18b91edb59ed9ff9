import Configuration

/// A run of a hook, with its output, its time limit and its processes.
struct HookRun: Sendable {
  let hook: Hook
  let secrets: SecretFilter
  let paths: BuildPaths
  /// As in `HookOutput`.
  var isOfBuild = true
  /// Receives the number of bytes that the hook reports.
  var reportBytes: @Sendable (UInt64) -> Void = { _ in }

  /// Runs the program of the hook, then ends the processes, and removes the mounts and the loop
  /// devices, that it has left behind.
  ///
  /// - Throws: `HookFailure`; `CancellationError`.
  func callAsFunction(_ command: Command) async throws {
    let output = HookOutput(
      of: hook, secrets, isOfBuild: isOfBuild, reportBytes: reportBytes)
    let descendants = Descendants()
    let before = StateBeforeHook(paths)
    do {
      try await withTimeLimit(
        hook.timeLimit?.duration, orThrow: { timedOut(output, descendants, command) }
      ) {
        try await command.run(
          withoutSplitting: secrets,
          output: output.receive,
          // Before the reader stops: a process that filters the output may still be writing.
          whenEnded: {
            endRemainingProcesses(descendants, command)
            before?.restore { StageLog.line(hook.label, "warning: the hook \(hook.name) \($0)") }
          })
      }
    } catch let failure as CommandFailure {
      throw HookFailure(hook: hook, reason: .command(failure.reason), lastLines: output.lastLines)
    }
    if let line = output.sandboxFailure {
      throw HookFailure(hook: hook, reason: .sandbox(line), lastLines: output.lastLines)
    }
    if let missing = before?.missingMounts, !missing.isEmpty {
      throw HookFailure(hook: hook, reason: .unmounted(missing), lastLines: output.lastLines)
    }
  }

  private func timedOut(
    _ output: HookOutput, _ descendants: Descendants?, _ command: Command
  ) -> HookFailure {
    let commands = descendants?.busyCommands.filter { $0 != command.commandLine } ?? []
    return HookFailure(
      hook: hook, reason: .timedOut(during: LoggedCommand.sentence(commands, secrets)),
      lastLines: output.lastLines)
  }

  private func endRemainingProcesses(_ descendants: Descendants?, _ command: Command) {
    let patience = Task.isCancelled ? Duration.zero : .seconds(1)
    for left in descendants?.end(patience: patience) ?? [] {
      // The command line of a subshell is that of the hook itself, which is not informative.
      let name =
        left == command.commandLine ? "a shell of its own" : "\(LoggedCommand(left, secrets))"
      StageLog.line(
        hook.label,
        "warning: the hook \(hook.name) left a process behind, which was ended: \(name)")
    }
  }
}
