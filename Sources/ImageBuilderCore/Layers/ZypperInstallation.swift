import Bindings
import Configuration
import Glibc
import SystemPackage

/// Installs packages by zypper. Its groups are patterns.
struct ZypperInstallation: PackageInstallation {
  static let hostTools = [
    RequiredTool(
      name: "zypper", package: "zypper", purpose: "make layers of zypper (pkg_manager: zypper)"),
    RequiredTool(
      name: "rpm", package: "rpm", purpose: "make layers of zypper (pkg_manager: zypper)"),
  ]

  /// Statuses of zypper that are no failures: a reboot is needed, zypper itself was updated, some scripts
  /// of packages failed (zypper(8), "EXIT CODES").
  private static let successes: Set<Int32> = [102, 103, 107]

  let layer: BaseLayer
  let root: LayerRoot
  let keys: [String: FilePath]

  private var repositories: FilePath { root.scratch.appending("repositories") }

  func install() async throws {
    try await RPMRepositories(layer: layer, keys: keys).write(
      root, inside: "etc/zypp/repos.d", forHost: repositories, isZypper: true,
      fetch: LayerFetch(say: root.output.warn))
    try RPMDatabase.configure(root)
    if layer.checksSignatures { try await importKeys() }
    let scriptlets = ScriptletWatch()
    if !layer.groups.isEmpty {
      try await zypper(["--type", "pattern"] + layer.groups, scriptlets)
    }
    if !layer.packages.isEmpty { try await zypper(layer.packages, scriptlets) }
    try scriptlets.report(layer, root.output)
  }

  func remove(_ packages: [String]) async throws {
    for package in packages { try await RPMDatabase.erase(package, root) }
  }

  /// zypper trusts the keys of rpm's database.
  private func importKeys() async throws {
    for repository in layer.repositories {
      guard let key = keys[repository.alias] else { continue }
      if root.hasParent {
        try await root.inside([
          "rpm", "--import", "/etc/pki/rpm-gpg/RPM-GPG-KEY-\(repository.alias)",
        ])
      } else {
        try await root.host("rpm", ["--root=\(root.path)", "--import", key.string])
      }
    }
  }

  private func zypper(_ words: [String], _ scriptlets: ScriptletWatch) async throws {
    root.output.say("zypper install \(words.joined(separator: " "))")
    var options = ["--non-interactive"]
    if !layer.checksSignatures { options.append("--no-gpg-checks") }
    let install = ["install", "--auto-agree-with-licenses"] + words
    do {
      if root.hasParent {
        try await root.inside(["zypper"] + options + install, watch: scriptlets.watch)
      } else {
        options += [
          "--root=\(root.path)", "--reposd-dir=\(repositories)", "--cache-dir=\(root.downloads)",
        ]
        try await root.host("zypper", options + install, watch: scriptlets.watch)
      }
    } catch let failure as CommandFailure {
      guard case .exited(let status) = failure.reason, Self.successes.contains(status) else {
        throw failure
      }
      root.output.warn("zypper ended with status \(status), which is no failure")
    }
    if !root.hasParent { try await removeCacheInside() }
  }

  /// What zypper knows of the installed packages is cached below the root, at the path that the cache has
  /// on the host.
  private func removeCacheInside() async throws {
    var path = try root.resolve(String(root.downloads.string.dropFirst()))
    try await Directories.remove(path)
    repeat { path.removeLastComponent() } while path != root.path && rmdir(path.string) == 0
  }
}
