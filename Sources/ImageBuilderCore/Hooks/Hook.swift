import Glibc
import SystemPackage

/// The groups of hooks, each the name of a section with a `hooks` option and of a folder.
public enum HookGroup: String, Sendable, CaseIterable {
  case ostree, content, image, manifest, check, publish, error

  /// The stage that runs the group.
  var stage: Stage {
    switch self {
    case .ostree: .ostree
    case .content, .image: .image
    case .manifest: .manifest
    case .check: .check
    case .publish: .publish
    case .error: .error
    }
  }
}

/// A hook script.
public struct Hook: Sendable, Equatable {
  let group: HookGroup
  let name: String
  let path: FilePath

  /// Whether it runs inside the deployment.
  var runsInChroot: Bool { name.hasSuffix(".chroot") }
  /// Whether it is started as a program; otherwise bash reads it.
  var isExecutable: Bool { access(path.string, X_OK) == 0 }
  /// `GROUP/NAME`, as logs call it.
  var label: String { "\(group.rawValue)/\(name)" }

  /// The hooks that `GROUP:hooks` names, sorted by bytes; each from the first directory that
  /// has it.
  ///
  /// - Throws: `BuildError.missingHook`; `ConfigurationError`.
  static func all(
    of group: HookGroup, _ configuration: Configuration, _ paths: BuildPaths
  ) throws -> [Hook] {
    guard configuration.has(group.rawValue, "hooks") else { return [] }
    let names = Set(try configuration.words(group.rawValue, "hooks"))
    let own = currentEnvironment()["EIB_HOOKSDIR"].map { FilePath($0) }
    let directories = paths.hookDirectories(replacing: own)
    return try names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { name in
      let candidates = directories.map { $0.appending(group.rawValue).appending(name) }
      guard let path = candidates.first(where: isFile) else {
        throw BuildError.missingHook(group: group.rawValue, name: name, lookedIn: directories)
      }
      return Hook(group: group, name: name, path: path)
    }
  }

  private static func isFile(_ path: FilePath) -> Bool {
    var status = stat()
    return stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}

/// A hook that failed, told so that the log need not be read.
public struct HookFailure: Error, Sendable, CustomStringConvertible {
  let hook: Hook
  let reason: CommandFailure.Reason
  let lastLines: [String]

  /// What could be done about a failure that has a well-known cause.
  private var advice: String? {
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

  /// What it wrote, without the commands that bash traced when there is anything else.
  private var told: [String] {
    let words = lastLines.filter { !$0.hasPrefix("+") }
    return words.isEmpty ? lastLines : words
  }

  /// What failed, its last lines, and advice where there is some.
  public var description: String {
    "the hook \(hook.label) (\(hook.path)) \(reason.sentence)"
      + (told.isEmpty ? "" : "; its last lines:")
      + told.map { "\n    \($0)" }.joined()
      + (advice.map { "\n  \($0)" } ?? "")
  }
}
