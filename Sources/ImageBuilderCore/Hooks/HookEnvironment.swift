import Configuration
import Glibc
import SystemPackage

/// The environment that hooks get.
///
/// It is made of the stage's own `EIB_*` variables (the configuration and what `buildscript`
/// exports) and fixed values; nothing else of the caller's gets in.
struct HookEnvironment: Sendable {
  /// Where the cache and the source are inside the deployment.
  static let insideCacheDirectory: FilePath = "/tmp/eos-image-builder"
  static let insideSourceDirectory: FilePath = "/tmp/eos-image-builder/src"

  private let paths: BuildPaths
  private let inherited: [String: String]

  /// - Parameter inherited: the environment of the stage's process.
  init(_ paths: BuildPaths, inherited: [String: String] = currentEnvironment()) {
    self.paths = paths
    self.inherited = inherited
  }

  /// For a hook on the host.
  func host(_ group: HookGroup, _ deployment: DeploymentRoot?) -> [String: String] {
    var environment = common()
    environment.merge(Command.toolEnvironment) { _, tool in tool }
    for (name, value) in inherited where name.hasPrefix("EIB_") { environment[name] = value }
    environment["PATH"] = hostPath
    environment["HOME"] = "/tmp"
    environment["PYTHONPATH"] = libraries.map(\.string).joined(separator: ":")
    environment["GIT_SSH"] = paths.helpersDirectory.appending("git-ssh").string
    environment["AWS_SHARED_CREDENTIALS_FILE"] =
      paths.systemDirectory.appending("aws-credentials").string
    environment[variable: .hookGroup] = group.rawValue
    environment[variable: .sourceDateEpoch] = inherited[variable: .sourceDateEpoch]
    if let deployment {
      environment["OSTREE_DEPLOYMENT"] = deployment.path.string
      environment["OSTREE_VAR"] = deployment.varDirectory.string
      environment["OSTREE_CURRENT_DEPLOYMENT"] = deployment.name
    }
    return environment
  }

  /// For a hook inside the deployment: `EIB_*` values below the source and cache directories are
  /// rewritten to what they are there, and `EIB_X_CHROOT` stands for `EIB_X`.
  func inside(_ group: HookGroup) -> [String: String] {
    var environment = common()
    environment["PATH"] = "/bin:/sbin:/usr/bin:/usr/sbin"
    environment["PYTHONPATH"] = Self.insideSourceDirectory.appending("lib").string
    for (name, value) in inherited where name.hasPrefix("EIB_") {
      environment[name] = moved(value)
    }
    environment[variable: .hookGroup] = group.rawValue
    for (name, value) in environment where name.hasPrefix("EIB_") && name.hasSuffix("_CHROOT") {
      environment[name] = nil
      environment[String(name.dropLast("_CHROOT".count))] = value
    }
    return environment
  }

  private func common() -> [String: String] {
    [
      "SHELL": "/bin/bash", "LANG": "C.UTF-8", "SHLVL": inherited["SHLVL"] ?? "1",
      "TERM": inherited["TERM"] ?? "dumb", "PS4": #"+ ${BASH_SOURCE[0]##*/}:${LINENO}: "#,
    ]
  }

  private var hostPath: String {
    guard let program = inherited[variable: .program] else { return SearchPath.standard }
    return "\(FilePath(program).removingLastComponent()):\(SearchPath.standard)"
  }

  private var libraries: [FilePath] {
    (paths.localDirectory.map { [$0.appending("lib")] } ?? [])
      + [paths.sourceDirectory.appending("lib")]
  }

  private func moved(_ value: String) -> String {
    // One directory may lie in the other: the longer path says more.
    let directories = [
      (paths.sourceDirectory.string, Self.insideSourceDirectory.string),
      (paths.cacheDirectory.string, Self.insideCacheDirectory.string),
    ].sorted { $0.0.utf8.count > $1.0.utf8.count }
    for (outside, inside) in directories {
      if value == outside { return inside }
      if value.hasPrefix(outside + "/") { return inside + value.dropFirst(outside.count) }
    }
    return value
  }
}
