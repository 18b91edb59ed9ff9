import Configuration
import Glibc
import SystemPackage

/// Runs the hooks of a group, one after the other.
struct HookRunner: Sendable {
  let configuration: Configuration
  let paths: BuildPaths
  let environment: HookEnvironment
  private let times: StepTimes
  private let isOfBuild: Bool

  init(_ context: StageContext, inherited: [String: String] = currentEnvironment()) {
    configuration = context.configuration
    paths = context.paths
    environment = HookEnvironment(context.paths, inherited: inherited)
    times = context.times
    isOfBuild = true
  }

  /// Runs hooks outside of a build. Nothing shows or records their steps.
  init(_ configuration: Configuration, _ paths: BuildPaths, _ environment: HookEnvironment) {
    self.configuration = configuration
    self.paths = paths
    self.environment = environment
    times = StepTimes(.publish) { _ in }
    isOfBuild = false
  }

  /// Runs all hooks of `group`.
  ///
  /// - Parameters:
  ///   - deployment: where chroot hooks run. Without a deployment, they are skipped.
  ///   - stopsAtFailure: whether the run ends when a hook fails. Otherwise, the failure is logged
  ///     as a warning and the next hook runs.
  ///   - inspect: called after each hook that succeeded.
  /// - Throws: `HookFailure`; `ConfigurationError` for missing and invalid hooks;
  ///   `CancellationError`.
  func run(
    _ group: HookGroup, in deployment: DeploymentRoot? = nil, stopsAtFailure: Bool = true,
    inspect: (Hook) async throws -> Void = { _ in }
  ) async throws {
    let hooks = try Hook.all(of: group, configuration, paths)
    guard !hooks.isEmpty else { return }
    try await times.measure("\(group.rawValue) hooks") {
      let secrets = configuration.secretFilter
      for hook in hooks {
        do {
          try await run(hook, deployment, secrets, stopsAtFailure: stopsAtFailure)
          try await inspect(hook)
        } catch let failure as HookFailure {
          if stopsAtFailure { throw failure }
          StageLog.line(hook.label, "warning: \(failure)")
        }
      }
    }
  }

  private func run(
    _ hook: Hook, _ deployment: DeploymentRoot?, _ secrets: SecretFilter, stopsAtFailure: Bool
  ) async throws {
    let clock = ContinuousClock()
    let begin = clock.now
    try await times.measure(hook.label, level: .hook) { report in
      let run = HookRun(
        hook: hook, secrets: secrets, paths: paths, isOfBuild: isOfBuild, reportBytes: report)
      try await start(run, deployment, stopsAtFailure: stopsAtFailure)
    }
    StageLog.line(hook.label, "finished in \(formattedSeconds(clock.now - begin))")
  }

  private func start(
    _ run: HookRun, _ deployment: DeploymentRoot?, stopsAtFailure: Bool
  ) async throws {
    do {
      try await start(run, deployment, stopsAtFailure)
    } catch var failure as HookFailure {
      try await advise(on: &failure)
      throw failure
    }
  }

  /// What the look at hooks finds in the file, then remedies for the output.
  private func advise(on failure: inout HookFailure) async throws {
    let hook = failure.hook
    if case .timedOut = failure.reason {
      failure.advice = [hook.timeLimit?.advice].compactMap { $0 }
      return
    }
    let findings = await HookLint.findings(in: hook.path).map(\.text)
    let advice = HookAdvice(
      hook: hook, hasNetwork: try configuration.value(Options.image.hasChrootNetwork),
      lines: failure.lastLines)
    failure.advice = findings + advice.remedies
    failure.advisedCause = advice.cause
  }

  private func start(
    _ run: HookRun, _ deployment: DeploymentRoot?, _ stopsAtFailure: Bool
  ) async throws {
    let hook = run.hook
    if !hook.runsInChroot {
      try await run(hostCommand(hook, deployment, stopsAtFailure))
    } else if let deployment {
      let name = try deployment.install(hook, paths)
      defer { deployment.uninstall(hook) }
      try await run(chrootCommand(hook, name, deployment))
    } else {
      StageLog.line(hook.label, "skipped: there is no deployment to run it in")
    }
  }

  private func hostCommand(
    _ hook: Hook, _ deployment: DeploymentRoot?, _ stopsAtFailure: Bool
  ) -> Command {
    hook.hostCommand(
      stopsAtFailure ? Self.sourcingScript : Self.tolerantSourcingScript,
      environment: environment.host(hook.group, deployment), paths)
  }

  private func chrootCommand(
    _ hook: Hook, _ name: FilePath, _ deployment: DeploymentRoot
  ) -> Command {
    let interpreter = hook.form == .sourced ? ["/bin/bash", "-c", Self.insideScript] : []
    return Command(
      paths.helpersDirectory.appending("eib-chroot").string,
      [deployment.path.string] + interpreter + [name.string],
      environment: environment.host(hook.group, deployment), workingDirectory: "/")
  }

  /// Bash ignores `PS4` in its environment if it runs as root.
  private static let setPrompt = "export PS4='\(BashTrace.prompt)'; "

  /// Sources the hook library, then the hook in a subshell. Only the hook is traced.
  static let sourcingScript =
    #"set -eE; shopt -s nullglob extglob; . "$EIB_BASELIB"; "# + setPrompt
    + #"(. "$EIB_HELPERSDIR/hook-shell"; set -x; . "$0")"#

  private static let tolerantSourcingScript =
    #"shopt -s nullglob extglob; . "$EIB_BASELIB"; "# + setPrompt
    + #"set +e; . "$EIB_HELPERSDIR/hook-shell"; set -x; . "$0""#

  /// Runs the hook like `bash -ex`.
  static let insideScript =
    setPrompt + ". \(DeploymentRoot.hookShell); " + #"set -ex; . "$0""#
}
