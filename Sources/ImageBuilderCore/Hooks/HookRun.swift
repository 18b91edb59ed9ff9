import Configuration

/// One run of a hook: what it writes, how long it may take, and all that it starts.
struct HookRun: Sendable {
  let hook: Hook
  let secrets: SecretFilter

  /// Runs the hook's program. Whatever it has started is ended with it.
  ///
  /// - Throws: `HookFailure`; `CancellationError`.
  func callAsFunction(_ command: Command) async throws {
    let output = HookOutput(of: hook, secrets)
    let descendants = Descendants()
    do {
      try await withTimeLimit(
        hook.timeLimit?.duration, orThrow: { outOfTime(output, descendants, command) }
      ) {
        try await command.run(
          keepingWhole: secrets,
          output: output.receive,
          // While its output is read: what it is piped through may not have had all of it.
          whenEnded: { endLeftBehind(descendants, command) })
      }
    } catch let failure as CommandFailure {
      throw HookFailure(hook: hook, reason: .command(failure.reason), lastLines: output.lastLines)
    }
  }

  private func outOfTime(
    _ output: HookOutput, _ descendants: Descendants?, _ command: Command
  ) -> HookFailure {
    let commands = descendants?.busyCommands.filter { $0 != command.commandLine } ?? []
    return HookFailure(
      hook: hook, reason: .outOfTime(during: LoggedCommand.sentence(commands, secrets)),
      lastLines: output.lastLines)
  }

  private func endLeftBehind(_ descendants: Descendants?, _ command: Command) {
    let patience = Task.isCancelled ? Duration.zero : .seconds(1)
    for left in descendants?.end(patience: patience) ?? [] {
      // What bash is called with would tell nothing.
      let name =
        left == command.commandLine ? "a shell of its own" : "\(LoggedCommand(left, secrets))"
      StageLog.line(
        hook.label, "warning: the hook left a process behind, which was ended: \(name)")
    }
  }
}
