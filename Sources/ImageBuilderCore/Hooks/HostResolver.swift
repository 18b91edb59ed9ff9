import Bindings
import Configuration
import SystemPackage

/// The host's resolv.conf in a root directory, so that hooks resolve names as the host does.
struct HostResolver {
  private static let keptName: FilePath.Component = ".resolv.conf.kept"

  private let etc: FilePath
  private let hostBytes: [UInt8]
  private var resolver: FilePath { etc.appending("resolv.conf") }
  private var kept: FilePath { etc.appending(Self.keptName) }

  /// Installs the file. That of the tree is renamed until `remove`. Returns nil if the host has none.
  init?(in root: FilePath) throws {
    let host: FilePath = "/etc/resolv.conf"
    guard Directories.exists(host) else { return nil }
    etc = try RootedPath.resolve("etc", in: root)
    hostBytes = try FileAccess.bytes(of: host)
    if Directories.exists(resolver) { try FileAccess.rename(resolver, to: kept) }
    try FileAccess.copy(host, to: resolver)
  }

  /// Removes the host's file and restores that of the tree.
  ///
  /// What hooks have made of the file stays: another file, a link, or nothing. If they have appended
  /// to it, the tree's file gets the appended lines. A copy of the host's file does not stay, because
  /// hooks copy it to have names resolved.
  func remove() throws {
    guard FileKind(of: resolver) == .regular else { return try removeKept() }
    let bytes = try FileAccess.bytes(of: resolver)
    guard bytes == hostBytes || !hostBytes.isEmpty && bytes.starts(with: hostBytes) else {
      return try removeKept()
    }
    let appended = Array(bytes.dropFirst(hostBytes.count))
    guard appended.isEmpty else { return try append(appended) }
    try FileAccess.remove(resolver)
    if Directories.exists(kept) { try FileAccess.rename(kept, to: resolver) }
  }

  private func append(_ bytes: [UInt8]) throws {
    var content: [UInt8] = []
    // A link of the tree leads to a file that exists only in a running system.
    if FileKind(of: kept) == .regular { content = try FileAccess.bytes(of: kept) }
    if let last = content.last, last != UInt8(ascii: "\n") { content.append(UInt8(ascii: "\n")) }
    try FileAccess.write(content + bytes, to: resolver)
    try removeKept()
  }

  private func removeKept() throws {
    if Directories.exists(kept) { try FileAccess.remove(kept) }
  }
}
