import Configuration
import Glibc
import SystemPackage

/// A hook script.
struct Hook: Sendable, Equatable {
  let group: HookGroup
  let name: String
  let path: FilePath
  /// How long it may take; nil for any time.
  let timeLimit: HookTimeLimit?

  /// Whether it runs inside the deployment.
  var runsInChroot: Bool { name.hasSuffix(".chroot") }
  /// Whether it is started as a program; otherwise bash reads it.
  var isExecutable: Bool { access(path.string, X_OK) == 0 }
  /// `GROUP/NAME`, as logs call it.
  var label: String { "\(group.rawValue)/\(name)" }

  /// The hooks that `GROUP:hooks` names, sorted by bytes; each from the first directory that
  /// has it.
  ///
  /// - Throws: `ConfigurationError`; all hooks that are missing or wrong at once.
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
}

/// A hook that failed, told so that the log need not be read.
struct HookFailure: Error, Sendable, CustomStringConvertible {
  enum Reason: Sendable {
    case command(CommandFailure.Reason)
    /// It took longer than it may; the end of the sentence tells what it waited for.
    case outOfTime(during: String)
  }

  let hook: Hook
  let reason: Reason
  /// The last lines that it wrote, traces included, oldest first.
  let lastLines: [String]

  /// What could be done about a failure that has a well-known cause.
  private var advice: String? {
    if case .outOfTime = reason { return hook.timeLimit?.advice }
    guard let line = lastLines.last(where: { $0.contains("Read-only file system") }) else {
      return nil
    }
    if line.contains("/usr/") && [.image, .content].contains(hook.group) {
      return "the deployment's /usr is read-only because its files are hard links into the "
        + "content repository: write to /etc or /var of the deployment, bring the file with the "
        + "tree, or set image:usr_writable = true"
    }
    return "in a build the host is read-only: write below EIB_TMPDIR or EIB_CACHEDIR, to /tmp, or "
      + "into the deployment"
  }

  private var sentence: String {
    switch reason {
    case .command(let reason): reason.sentence
    case .outOfTime(let commands): (hook.timeLimit?.sentence ?? "was ended") + commands
    }
  }

  /// What failed, its last lines, and advice where there is some.
  var description: String {
    head + (lastLines.isEmpty ? "" : "; its last lines:")
      + lastLines.map { "\n    \($0)" }.joined() + end
  }

  /// The description without the lines, for the log, which has them already.
  var summary: String { head + end }

  private var head: String { "the hook \(hook.label) (\(hook.path)) \(sentence)" }
  private var end: String { advice.map { "\n  \($0)" } ?? "" }
}
