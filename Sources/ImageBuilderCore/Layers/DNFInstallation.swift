import Bindings
import Configuration
import SystemPackage

/// Installs packages by dnf.
struct DNFInstallation: PackageInstallation {
  static let hostTools = [
    RequiredTool(name: "dnf", package: "dnf", purpose: "make layers of dnf (pkg_manager: dnf)"),
    RequiredTool(name: "rpm", package: "rpm", purpose: "make layers of dnf (pkg_manager: dnf)"),
  ]

  private static let cache = "var/cache/dnf"

  let layer: BaseLayer
  let root: LayerRoot
  let keys: [String: FilePath]

  private var repositories: FilePath { root.scratch.appending("repositories") }

  func install() async throws {
    try await RPMRepositories(layer: layer, keys: keys).write(
      root, inside: "etc/yum.repos.d", forHost: repositories,
      fetch: LayerFetch(say: root.output.warn))
    try RPMDatabase.configure(root)
    _ = try root.createDirectory("var/log")
    let cache = try root.createDirectory(Self.cache)
    try Mount.bind(root.downloads, at: cache)
    defer { try? Mount.detach(cache) }
    let scriptlets = ScriptletWatch()
    for module in layer.modules {
      try await dnf(["module", module.command] + module.names, scriptlets)
    }
    if !layer.groups.isEmpty { try await dnf(["group", "install"] + layer.groups, scriptlets) }
    if !layer.packages.isEmpty { try await dnf(["install"] + layer.packages, scriptlets) }
    try scriptlets.report(layer, root.output)
  }

  func remove(_ packages: [String]) async throws {
    for package in packages { try await RPMDatabase.erase(package, root) }
  }

  private func dnf(_ words: [String], _ scriptlets: ScriptletWatch) async throws {
    root.output.say("dnf \(words.joined(separator: " "))")
    var options = ["--assumeyes", "--refresh", "--setopt=keepcache=1"]
    if !layer.checksSignatures { options.append("--nogpgcheck") }
    if let version = layer.releaseVersion { options.append("--releasever=\(version)") }
    let platform =
      layer.modulePlatform
      ?? layer.releaseVersion.map { "platform:el\($0.prefix { $0.isNumber })" }
    if let platform { options.append("--setopt=module_platform_id=\(platform)") }
    guard !root.hasParent else {
      return try await root.inside(["dnf"] + options + words, watch: scriptlets.watch)
    }
    // An empty configuration: directories that "--setopt" names would be those of the host for "dnf
    // module", which applies it once more after the installroot was put in front (dnf 4.14).
    let configuration = root.scratch.appending("dnf.conf")
    try FileAccess.write("[main]\n", to: configuration, waitsForDisk: false)
    options += [
      "--config=\(configuration)", "--installroot=\(root.path)",
      "--setopt=reposdir=\(repositories)", "--setopt=varsdir=/nonexistent",
      "--setopt=pluginpath=/nonexistent",
    ]
    try await root.host("dnf", options + words, watch: scriptlets.watch)
  }
}

/// The database of rpm in an image.
enum RPMDatabase {
  /// Debian's rpm has its database in HOME, so that images of another system would get it there.
  static func configure(_ root: LayerRoot) throws {
    try FileAccess.write(
      "%_dbpath /var/lib/rpm\n", to: root.scratch.appending(".rpmmacros"), waitsForDisk: false)
  }

  /// Removes a package, whatever depends on it.
  static func erase(_ package: String, _ root: LayerRoot) async throws {
    root.output.say("rpm --erase \(package)")
    let words = ["--erase", "--nodeps", package]
    if root.hasParent {
      try await root.inside(["rpm"] + words)
    } else {
      try await root.host("rpm", ["--root=\(root.path)"] + words, .debugging)
    }
  }
}
