import Bindings
import Configuration
import Glibc
import SystemPackage

/// Everything that decides what a layer is. Layers with equal inputs are equal.
struct LayerInputs: Sendable {
  /// The label with the digest of the inputs.
  static let label = "org.image-builder.inputs"

  let digest: String

  /// - Throws: `LinuxError`; `Errno`.
  init(
    _ definition: LayerDefinition, _ parent: ParentImage, _ metadata: [RepositoryMetadata],
    programs: [String], helpers: FilePath, time: UInt64
  ) throws {
    var lines = [
      "name \(definition.name)", "parent \(parent.digest ?? "scratch")",
      "arch \(Architecture.hostMachineName)", "time \(time)",
    ]
    lines += definition.labels.sorted { $0.key < $1.key }.map { "label \($0.key)=\($0.value)" }
    lines += metadata.map { "repository \($0.alias) \($0.digests.joined(separator: " "))" }
    lines += programs.map { "program \($0)" }
    lines.append("network \(definition.hasNetwork)")
    switch definition.content {
    case .base(let layer):
      lines += Self.lines(layer)
      lines += try layer.copiedFiles.map {
        "copy \(try Self.digest(of: $0.source)) \($0.destination) \($0.options)"
      }
    case .ansible(let layer):
      lines += layer.groups + layer.variables.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
      let folders = layer.playbooks.map { $0.removingLastComponent() } + layer.inventories
      lines += layer.playbooks.map { $0.lastComponent?.string ?? "" }
      lines += try folders.map(Self.digest)
    }
    lines.append(try Self.digest(of: helpers.appending("enter-root")))
    lines.append(try Self.digest(of: helpers.appending("layers")))
    digest = MessageDigest.hexadecimal(of: lines.joined(separator: "\n"))
  }

  /// The settings of a base layer.
  private static func lines(_ layer: BaseLayer) -> [String] {
    var lines = [
      "packages by \(layer.packageManager) \(layer.packages)", "groups \(layer.groups)",
      "removed \(layer.removedPackages)", "checked \(layer.checksSignatures) \(layer.isStrict)",
      "release \(layer.releaseVersion ?? "") \(layer.modulePlatform ?? "")",
    ]
    lines += layer.repositories.map {
      "repository \($0.alias) \($0.url) \($0.key ?? "") \($0.priority ?? 0)"
    }
    lines += layer.modules.map { "module \($0.command) \($0.names)" }
    lines.append("scan \(layer.scan)")
    lines += layer.commands.map {
      "command \($0.command) \($0.volumes) \($0.environment) \($0.user ?? "")"
    }
    return lines
  }

  /// The digest of the names, modes, links and contents of a file or directory. Times do not count, and
  /// neither does what git keeps.
  private static func digest(of path: FilePath) throws -> String {
    var lines: [String] = []
    try describe(path, "", &lines)
    return MessageDigest.hexadecimal(of: lines.joined(separator: "\n"))
  }

  private static func describe(
    _ path: FilePath, _ name: String, _ lines: inout [String]
  ) throws {
    var status = stat()
    guard lstat(path.string, &status) == 0 else {
      throw LinuxError("look at \(path)", Errno(rawValue: errno))
    }
    let mode = String(status.st_mode & 0o7777, radix: 8)
    switch FileKind(status.st_mode) {
    case .directory:
      lines.append("\(name) directory \(mode)")
      for entry in Directories.names(in: path).sorted()
      where ![".git", "__pycache__"].contains(entry) {
        try describe(path.appending(entry), "\(name)/\(entry)", &lines)
      }
    case .link:
      lines.append("\(name) link \(Directories.linkTarget(of: path)?.string ?? "")")
    case .regular:
      lines.append("\(name) file \(mode) \(try FileFacts(of: path).digest)")
    // Sockets and the like, which neither a playbook nor a copy reads.
    default: break
    }
  }
}
