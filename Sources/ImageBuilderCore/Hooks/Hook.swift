import Configuration
import SystemPackage

/// A hook script.
struct Hook: Sendable, Equatable {
  let group: HookGroup
  let name: String
  let path: FilePath
  /// The time limit; nil if there is none.
  let timeLimit: HookTimeLimit?

  /// Whether the hook runs inside the deployment.
  var runsInChroot: Bool { path.isChrootHook }
  /// How the hook runs, as its file is now.
  var form: HookForm { HookForm(of: path) }
  /// `GROUP/NAME`, as in the log.
  var label: String { "\(group.rawValue)/\(name)" }

  /// Returns the hooks in `GROUP:hooks`, sorted by the bytes of their names. Each hook is taken
  /// from the first directory that contains it.
  ///
  /// - Throws: `ConfigurationError` with all missing and invalid hooks.
  static func all(
    of group: HookGroup, _ configuration: Configuration, _ paths: BuildPaths
  ) throws -> [Hook] {
    let files = HookFiles(section: group.rawValue, paths)
    let (found, problems) = try files.hooks(of: configuration)
    if let error = ConfigurationError.combining(problems) { throw error }
    return try found.map {
      Hook(
        group: group, name: $0.name, path: $0.path,
        timeLimit: try HookTimeLimit(group, $0.header, configuration))
    }
  }

  /// The command that runs the hook on the host.
  ///
  /// - Parameter script: what bash does with a hook that it reads.
  func hostCommand(
    _ script: String = HookRunner.sourcingScript, environment: [String: String],
    _ paths: BuildPaths
  ) -> Command {
    let (program, arguments): (String, [String]) =
      switch form {
      case .program: (path.string, [])
      // A shell that starts such a file by its name does the same.
      case .shellScript: ("/bin/bash", [path.string])
      case .sourced: ("/bin/bash", ["-c", script, path.string])
      }
    return Command(
      program, arguments, environment: environment, workingDirectory: paths.sourceDirectory)
  }
}

/// The failure of a hook. The description shows the cause, so that the log is not needed.
struct HookFailure: Error, Sendable, CustomStringConvertible {
  enum Reason: Sendable {
    case command(CommandFailure.Reason)
    /// The hook exceeded its time limit. The text is the end of a sentence and names the commands
    /// that were running.
    case timedOut(during: String)
    /// The program bwrap failed, and the hook ended without a failure. The text is what bwrap printed.
    case sandbox(String)
    /// The hook removed mounts of the build.
    case unmounted([FilePath])
  }

  let hook: Hook
  let reason: Reason
  /// The last lines of output, including traces, oldest first.
  let lastLines: [String]
  /// What is known to be wrong with the file, and remedies for well-known causes.
  var advice: [String] = []
  /// The cause, if the advice is about it.
  var advisedCause: KnownCause?

  private var sentence: String {
    switch reason {
    case .command(let reason): reason.sentence
    case .timedOut(let commands): (hook.timeLimit?.sentence ?? "was ended") + commands
    case .sandbox(let line): "ended with status 0, but a program in it did not run: \(line)"
    case .unmounted(let points):
      "unmounted what the build needs: \(points.map(\.string).joined(separator: ", "))"
    }
  }

  /// The failure, the last lines of output, and the remedy, if any.
  var description: String {
    head + (lastLines.isEmpty ? "" : "; its last lines:")
      + lastLines.map { "\n    \($0)" }.joined() + end
  }

  fileprivate var head: String { "the hook \(hook.label) (\(hook.path)) \(sentence)" }
  private var end: String { advice.map { "\n  \($0)" }.joined() }
}

extension HookFailure: DetailedError {
  func describe(to failure: inout Failure) {
    failure.hook = hook.label
    failure.message = head
    failure.lastLines = lastLines
    failure.advice = advice
    failure.cause = advisedCause.map { Failure.Cause($0, nil) }
    switch reason {
    case .command(let reason): failure.set(reason)
    case .timedOut: failure.cause = Failure.Cause(.timeOut, nil)
    case .sandbox, .unmounted: break
    }
  }
}
