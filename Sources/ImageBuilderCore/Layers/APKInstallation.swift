import Bindings
import Configuration
import SystemPackage

/// Installs packages by Alpine's apk, where the host has it.
struct APKInstallation: PackageInstallation {
  static let hostTools = [
    RequiredTool(
      name: "apk", package: "apk-tools (which Debian 12 does not have)",
      purpose: "make layers of apk (pkg_manager: apk)")
  ]

  let layer: BaseLayer
  let root: LayerRoot
  let keys: [String: FilePath]

  func install() async throws {
    let directory = try root.createDirectory("etc/apk/keys")
    for (alias, key) in keys {
      // apk finds keys by their names: that of the URL.
      let url = layer.repositories.first { $0.alias == alias }?.key ?? alias
      let name = url.split(separator: "/").last.map(String.init) ?? alias
      try FileAccess.copy(key, to: directory.appending(name), waitsForDisk: false)
    }
    let lines = layer.repositories.map { "\($0.url)\n" }.joined()
    if !lines.isEmpty {
      let file = try root.createDirectory("etc/apk").appending("repositories")
      let old = root.hasParent ? (try? FileAccess.text(of: file)) ?? "" : ""
      try FileAccess.write(old + lines, to: file, waitsForDisk: false)
    }
    if !root.hasParent || !layer.packages.isEmpty {
      try await apk(["add"] + layer.packages, isFirst: !root.hasParent)
    }
  }

  func remove(_ packages: [String]) async throws {
    try await apk(["del", "--force-broken-world"] + packages)
  }

  private func apk(_ words: [String], isFirst: Bool = false) async throws {
    root.output.say("apk \(words.joined(separator: " "))")
    var options = ["--no-progress"]
    if isFirst { options.append("--initdb") }
    if !layer.checksSignatures || keys.isEmpty && isFirst { options.append("--allow-untrusted") }
    if root.hasParent {
      try await root.inside(["apk"] + options + words)
    } else {
      try await root.host("apk", ["--root", root.path.string] + options + words)
    }
  }
}
