import Bindings
import Configuration
import SystemPackage

/// Installs packages by mmdebstrap and, on a parent, by apt-get.
struct APTInstallation: PackageInstallation {
  static let hostTools = [
    RequiredTool(
      name: "mmdebstrap", package: "mmdebstrap", purpose: "make layers of apt (pkg_manager: apt)")
  ]

  private static let noPrompts = [
    "DEBIAN_FRONTEND": "noninteractive", "DEBCONF_NONINTERACTIVE_SEEN": "true",
  ]

  let layer: BaseLayer
  let root: LayerRoot
  let keys: [String: FilePath]

  func install() async throws {
    if root.hasParent { try await installOnParent() } else { try await bootstrap() }
  }

  func remove(_ packages: [String]) async throws {
    root.output.say("dpkg --purge \(packages.joined(separator: " "))")
    try await root.inside(
      ["dpkg", "--purge", "--force-depends", "--force-remove-essential"] + packages,
      environment: Self.noPrompts)
  }

  /// A line of sources.list(5).
  ///
  /// - Parameter key: the file of the key for the program that reads the line; nil for apt's own keys.
  private func line(_ repository: BaseLayer.Repository, key: String?) -> String {
    let option =
      !layer.checksSignatures
      ? "[trusted=yes] " : key.map { "[signed-by=\($0)] " } ?? ""
    return "deb \(option)\(repository.url)"
  }

  /// mmdebstrap starts with an empty directory.
  private func bootstrap() async throws {
    root.output.say("mmdebstrap \(layer.packages.joined(separator: " "))")
    let suite = layer.repositories[0].url.split(separator: " ")[1]
    let lines = layer.repositories.map { line($0, key: keys[$0.alias]?.string) }
    try await root.host(
      "mmdebstrap",
      ["--mode=root", "--variant=minbase", "--format=directory"]
        + (layer.packages.isEmpty
          ? [] : ["--include=\(layer.packages.joined(separator: ","))"])
        + ["--skip=output/dev", String(suite), root.path.string] + lines,
      environment: Self.noPrompts)
    try writeSources()
  }

  private func installOnParent() async throws {
    try writeSources()
    guard !layer.packages.isEmpty else { return }
    root.output.say("apt-get install \(layer.packages.joined(separator: " "))")
    try await root.inside(["apt-get", "--quiet", "update"], environment: Self.noPrompts)
    try await root.inside(
      ["apt-get", "--quiet", "--yes", "--no-install-recommends", "install"] + layer.packages,
      environment: Self.noPrompts)
  }

  /// The sources of the image, in place of what mmdebstrap has written with paths of the host.
  private func writeSources() throws {
    guard !layer.repositories.isEmpty else { return }
    if !root.hasParent {
      let list = try root.createDirectory("etc/apt").appending("sources.list")
      if Directories.exists(list) { try FileAccess.remove(list) }
    }
    let directory = try root.createDirectory("etc/apt/sources.list.d")
    let keyrings = try root.createDirectory("etc/apt/keyrings")
    for repository in layer.repositories {
      var inside: String?
      if let key = keys[repository.alias] {
        let name = "\(repository.alias).\(isArmoured(key) ? "asc" : "gpg")"
        try FileAccess.copy(key, to: keyrings.appending(name), waitsForDisk: false)
        inside = "/etc/apt/keyrings/\(name)"
      }
      try FileAccess.write(
        "\(line(repository, key: inside))\n", to: directory.appending("\(repository.alias).list"),
        waitsForDisk: false)
    }
  }

  private func isArmoured(_ key: FilePath) -> Bool {
    let beginning = (try? FileAccess.beginning(of: key, sizeInBytes: 5)) ?? []
    return beginning == Array("-----".utf8)
  }
}
