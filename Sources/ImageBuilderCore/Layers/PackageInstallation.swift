import Configuration
import SystemPackage

/// A package manager that puts packages into a layer. On an empty filesystem the host's program does it,
/// on a parent that of the image.
protocol PackageInstallation: Sendable {
  /// Programs of the host for an empty filesystem.
  static var hostTools: [RequiredTool] { get }

  /// - Parameter keys: the files of keys on the host, by the alias of the repository.
  init(layer: BaseLayer, root: LayerRoot, keys: [String: FilePath])

  /// Adds the repositories, and installs groups, modules and packages.
  ///
  /// - Throws: `CommandFailure`; `FailedScriptlets`; `CancellationError`; `LinuxError`.
  func install() async throws
  /// Removes packages, whatever depends on them.
  func remove(_ packages: [String]) async throws
}

extension PackageManagerKind {
  var installation: any PackageInstallation.Type {
    switch self {
    case .dnf: DNFInstallation.self
    case .zypper: ZypperInstallation.self
    case .apt: APTInstallation.self
    case .apk: APKInstallation.self
    }
  }
}

/// Scripts of packages have failed although the package manager has ended with success.
struct FailedScriptlets: Error, CustomStringConvertible {
  let lines: [String]

  var description: String {
    "scripts of packages have failed (options.strict):" + listed(lines)
  }
}

/// Collects what rpm says of scripts that failed, which package managers take for a success.
final class ScriptletWatch: Sendable {
  private let lines = LineCollector()

  /// A function for the lines of a package manager.
  var watch: @Sendable (String) -> Void {
    { line in
      guard line.contains("scriptlet failed") else { return }
      self.lines.append(trimmed(line.trimmingPrefix("warning: ")))
    }
  }

  /// Warns of what has failed.
  ///
  /// - Throws: `FailedScriptlets` if the layer is strict.
  func report(_ layer: BaseLayer, _ output: LayerOutput) throws {
    let failed = lines.text.split(separator: "\n").map(String.init)
    guard !failed.isEmpty else { return }
    if layer.isStrict { throw FailedScriptlets(lines: failed) }
    for line in failed { output.warn(line) }
  }
}

/// The files that name the repositories of RPM packages.
struct RPMRepositories {
  let layer: BaseLayer
  /// The files of keys on the host, by alias.
  let keys: [String: FilePath]

  /// - Parameter key: the path of the key of a repository, for the program that reads the file.
  private func text(_ repository: BaseLayer.Repository, key: String?, isZypper: Bool) -> String {
    let checks = key != nil && layer.checksSignatures
    var lines = [
      "[\(repository.alias)]", "name=\(repository.alias)", "enabled=1",
      "baseurl=\(repository.url)", "gpgcheck=\(checks ? 1 : 0)",
    ]
    if let key { lines.append("gpgkey=file://\(key)") }
    if let priority = repository.priority { lines.append("priority=\(priority)") }
    // As with dnf, packages are verified, and the index of the repository need not be signed.
    if isZypper {
      lines += [
        "autorefresh=1", "type=rpm-md", "repo_gpgcheck=0", "pkg_gpgcheck=\(checks ? 1 : 0)",
      ]
    }
    return lines.map { "\($0)\n" }.joined()
  }

  /// Writes a file for each repository to a directory of the image, with the keys, and, for programs of
  /// the host, to another directory.
  func write(
    _ root: LayerRoot, inside: String, forHost host: FilePath, isZypper: Bool = false,
    fetch: LayerFetch
  ) async throws {
    try await Directories.recreate(host)
    for repository in layer.repositories {
      let file = "\(repository.alias).repo"
      let key = keys[repository.alias]
      var insideKey: String?
      if let key {
        let name = "/etc/pki/rpm-gpg/RPM-GPG-KEY-\(repository.alias)"
        let directory = try root.createDirectory("etc/pki/rpm-gpg")
        try FileAccess.copy(
          key, to: directory.appending("RPM-GPG-KEY-\(repository.alias)"), waitsForDisk: false)
        insideKey = name
      }
      let directory = try root.createDirectory(inside)
      if repository.url.hasSuffix(".repo") {
        let bytes = try await fetch.bytes(repository.url, largestInBytes: 1 << 20)
        for place in [directory, host] {
          try FileAccess.write(bytes, to: place.appending(file), waitsForDisk: false)
        }
        continue
      }
      try FileAccess.write(
        text(repository, key: insideKey, isZypper: isZypper), to: directory.appending(file),
        waitsForDisk: false)
      try FileAccess.write(
        text(repository, key: key?.string, isZypper: isZypper), to: host.appending(file),
        waitsForDisk: false)
    }
  }
}
