import Configuration
import Glibc
import SystemPackage

/// The environment of hooks.
///
/// It consists of the `EIB_*` variables of the stage (the configuration and what `buildscript`
/// exports), TERM, SHLVL, SOURCE_DATE_EPOCH, proxies, the paths of the deployment, and fixed
/// values. helpers/eib-chroot derives the environment of chroot hooks from it.
struct HookEnvironment: Sendable {
  /// The paths of the cache and the source inside the deployment.
  static let insideCacheDirectory: FilePath = "/tmp/eos-image-builder"
  static let insideSourceDirectory: FilePath = "/tmp/eos-image-builder/src"

  private let paths: BuildPaths
  private let inherited: [String: String]

  /// - Parameter inherited: the environment of the stage.
  init(_ paths: BuildPaths, inherited: [String: String] = currentEnvironment()) {
    self.paths = paths
    self.inherited = inherited
  }

  /// Returns the environment of a host hook or, for a chroot hook, of helpers/eib-chroot.
  func host(_ group: HookGroup, _ deployment: DeploymentRoot?) -> [String: String] {
    var environment = common()
    environment.merge(Command.toolEnvironment) { _, tool in tool }
    for (name, value) in inherited where name.hasPrefix("EIB_") { environment[name] = value }
    environment["PATH"] = hostPath
    environment["HOME"] = "/tmp"
    environment["PYTHONPATH"] = paths.pythonPath
    environment["GIT_SSH"] = paths.helpersDirectory.appending("git-ssh").string
    environment["AWS_SHARED_CREDENTIALS_FILE"] =
      paths.systemDirectory.appending("aws-credentials").string
    environment[variable: .hookGroup] = group.rawValue
    environment[variable: .sourceDateEpoch] = inherited[variable: .sourceDateEpoch]
    if let deployment {
      environment["OSTREE_DEPLOYMENT"] = deployment.path.string
      environment["OSTREE_VAR"] = deployment.varDirectory.string
      environment["OSTREE_CURRENT_DEPLOYMENT"] = deployment.name
      if group == .image {
        let places: KeyValuePairs<BuildVariable, FilePath> = [
          .cacheDirectoryInChroot: Self.insideCacheDirectory,
          .sourceDirectoryInChroot: Self.insideSourceDirectory,
        ]
        for (variable, place) in places {
          environment[variable: variable] = inherited[variable: variable] ?? place.string
        }
      }
    }
    return environment
  }

  private func common() -> [String: String] {
    [
      "SHELL": "/bin/bash", "LANG": "C.UTF-8", "SHLVL": inherited["SHLVL"] ?? "1",
      "TERM": inherited["TERM"] ?? "dumb", "PS4": BashTrace.prompt,
    ]
  }

  private var hostPath: String {
    guard let program = inherited[variable: .program] else { return SearchPath.standard }
    return "\(FilePath(program).removingLastComponent()):\(SearchPath.standard)"
  }
}
