import Configuration
import FoundationEssentials
import SystemPackage

/// A user name and password for a registry, from a file as `skopeo login --authfile` writes it
/// (containers-auth.json(5)).
struct RegistryCredentials: Sendable {
  private static let largestFileInBytes = 1 << 20

  /// The base64 of `USER:PASSWORD`.
  let encoded: String

  /// - Throws: `Unusable`.
  init(in file: FilePath, for registry: RegistryReference) throws(Unusable) {
    let content = try Self.content(of: file)
    guard let auths = content.auths, let entry = Self.entry(auths, registry) else {
      guard content.credHelpers == nil && content.credsStore == nil else {
        throw Unusable(
          file: file, registry,
          reason: "has no password for \(registry.host), but names a credential helper, which a "
            + "build does not run")
      }
      throw Unusable(file: file, registry, reason: "has no entry for \(registry.host)")
    }
    guard let text = entry.auth, let bytes = Data(base64Encoded: text), bytes.contains(0x3a) else {
      throw Unusable(
        file: file, registry,
        reason: "has an entry for \(registry.host) without a user name and password in \"auth\"")
    }
    encoded = text
  }

  private static func content(of file: FilePath) throws(Unusable) -> Content {
    let bytes: [UInt8]
    do {
      // A secret that a service manager provides can be behind a link.
      guard FileKind(following: file) == .regular else { throw Errno.noSuchFileOrDirectory }
      bytes = try FileAccess.beginning(of: file, sizeInBytes: largestFileInBytes)
    } catch {
      throw Unusable(file: file, nil, reason: "cannot be read: \(error)")
    }
    do {
      return try JSONDecoder().decode(Content.self, from: Data(bytes))
    } catch {
      // The error of the decoder can contain a part of the file.
      throw Unusable(file: file, nil, reason: "is not JSON as containers-auth.json(5) describes it")
    }
  }

  /// The entry of the repository, or else of the longest prefix of it. Keys can have a scheme and the
  /// path of the interface, as earlier tools wrote them.
  private static func entry(_ auths: [String: Entry], _ registry: RegistryReference) -> Entry? {
    var known: [String: Entry] = [:]
    for (key, entry) in auths {
      let plain = key.replacing(#/^https?:\/\//#, with: "").replacing(#/(\/v[12])?\/$/#, with: "")
      if known[plain] == nil || plain == key { known[plain] = entry }
    }
    var parts = "\(registry)".split(separator: "/")
    while !parts.isEmpty {
      if let entry = known[parts.joined(separator: "/")] { return entry }
      parts.removeLast()
    }
    return registry.host == "docker.io" ? known["index.docker.io"] : nil
  }

  private struct Content: Decodable {
    let auths: [String: Entry]?
    let credHelpers: [String: String]?
    let credsStore: String?
  }

  private struct Entry: Decodable {
    let auth: String?
  }

  /// The file does not contain what the registry needs.
  struct Unusable: ExitStatusError, CustomStringConvertible {
    let file: FilePath
    let host: String
    let reason: String

    init(file: FilePath, _ registry: RegistryReference?, reason: String) {
      self.file = file
      host = registry?.host ?? "HOST"
      self.reason = reason
    }

    var exitStatus: ExitStatus { .unavailable }
    var description: String {
      "\(Options.publish.registryAuthenticationFile.name): \(visible(file.string)) "
        + "\(visible(reason)); write it: skopeo login --authfile \(shellQuoted(file.string)) \(host)"
    }
  }
}
