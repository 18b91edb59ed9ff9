import Configuration
import SystemPackage

/// The commit of the tree that a build would use now.
package enum CommitNow: Equatable, Sendable {
  case commit(String)
  /// A hook of the build would make another tree, whose commit is not known before.
  case stale(reason: String)

  /// Asks the remote or, if hooks of this host make the tree, those hooks that can answer. Nothing is
  /// pulled, and the signature is left to the build.
  ///
  /// - Throws: `TreeError`; `FreshnessError`; `HookFailure`; `ConfigurationError`; `NetrcError`;
  ///   `CancellationError`, and what prevents a hook from running.
  package static func find(
    _ configuration: Configuration, _ paths: BuildPaths
  ) async throws -> CommitNow {
    let source = try TreeSource(configuration, paths)
    if source.mayBeMadeByHooks {
      let answers = try await Self.answers(configuration, paths)
      if let stale = answers.first(where: \.isStale) ?? answers.last { return stale }
      guard let path = source.localRepository, Directories.exists(path.appending("config")) else {
        return .stale(reason: "there is no tree yet")
      }
    }
    return .commit(try await RemoteLook(source: source).commit())
  }

  private var isStale: Bool { if case .stale = self { true } else { false } }

  private static func answers(
    _ configuration: Configuration, _ paths: BuildPaths
  ) async throws -> [CommitNow] {
    let hooks = try Hook.all(of: .ostree, configuration, paths)
      .filter { !$0.runsInChroot && HookHeader.tellsFreshness($0.path) }
    guard !hooks.isEmpty else { return [] }
    let secrets = configuration.secretFilter
    return try await TemporaryDirectory.with(in: "/tmp") { directory in
      var environment = try HookEnvironment.outsideBuild(
        of: .ostree, configuration, paths, settingsIn: directory)
      environment[variable: .freshness] = "1"
      environment[variable: .pinnedCommit] = nil
      var answers: [CommitNow] = []
      for hook in hooks {
        let output = directory.appending("output")
        try await hook.ask(environment: environment, paths, secrets, output: output)
        let text = try UntrustedFile.text(of: output, maximumSizeInBytes: 1 << 16)
        answers.append(try CommitNow(answer: text, of: hook))
      }
      return answers
    }
  }

  /// Reads `fresh COMMIT` or `stale REASON`.
  private init(answer: String, of hook: Hook) throws(FreshnessError) {
    let line = String(answer.prefix { $0 != "\n" })
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    switch words.first {
    case "fresh"? where words.count == 2 && DigestSyntax.isValid(words[1]):
      self = .commit(words[1])
    case "stale"? where words.count == 2: self = .stale(reason: words[1])
    default: throw FreshnessError(hook: hook.label, found: line)
    }
  }
}

/// A hook does not say whether its tree is up to date.
struct FreshnessError: ExitStatusError, CustomStringConvertible {
  let hook: String
  let found: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "the hook \(hook) answers '\(visible(String(found.prefix(100))))'; with "
      + "\(BuildVariable.freshness.rawValue)=1 it must print 'fresh COMMIT' or 'stale REASON'"
  }
}
