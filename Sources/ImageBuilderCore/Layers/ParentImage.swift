import Configuration

/// The image on which a layer is put, pinned by its digest.
struct ParentImage: Sendable {
  /// What `buildah from` takes: `scratch`, or a name in the store.
  let name: String
  /// The digest of its manifest; nil for scratch.
  let digest: String?
  /// Seconds since 1970; nil if it does not say.
  let created: UInt64?
  var hasWholeHistory = true

  static let scratch = ParentImage(name: "scratch", digest: nil, created: nil)

  /// Finds the parent. A name without a registry is that of an image in the store. The image of a
  /// registry is asked for anew each time, and copied by its digest if the store does not have it.
  ///
  /// - Throws: `ParentError`; `CommandFailure`; `CancellationError`.
  static func find(
    _ parent: LayerParent, _ store: ContainerStore, _ access: RegistryAccess
  ) async throws -> ParentImage {
    guard case .image(let name) = parent else { return .scratch }
    let known = try await store.names()
    for candidate in [name, "localhost/\(name)"].map(tagged) where known.contains(candidate) {
      let image = try await store.image(candidate)
      return ParentImage(name: candidate, digest: image.digest, image)
    }
    guard let source = source(name) else {
      throw ParentError.notInStore(name, nearest: NearestName.find(name, among: known))
    }
    return try await pull(name, from: source, store, access)
  }

  /// The digest that an image outside the store has now.
  ///
  /// - Parameter run: runs skopeo, and returns what it prints.
  /// - Throws: `ParentError`; `RegistryFailure`; `CancellationError`.
  static func digest(
    of name: String, _ access: RegistryAccess, _ run: ([String]) async throws -> String
  ) async throws -> String {
    guard let source = source(name) else { throw ParentError.notInStore(name, nearest: nil) }
    do {
      let inspection = try await run(["inspect"] + access.options() + [source])
      guard let digest = (try? JSONValue(parsing: inspection))?["Digest"]?.string else {
        throw ParentError.noDigest(name)
      }
      return digest
    } catch let failure as CommandFailure {
      throw RegistryFailure(name: name, option: LayerKey.registryOptionsPull, failure)
    }
  }

  /// The name with the tag that is meant.
  static func tagged(_ name: String) -> String {
    let last = name.split(separator: "/").last ?? ""
    return last.contains(":") || name.contains("@") ? name : "\(name):latest"
  }

  /// The name for skopeo; nil for one without a registry.
  private static func source(_ name: String) -> String? {
    if name.hasPrefix("oci:") || name.hasPrefix("oci-archive:") { return name }
    let host = name.split(separator: "/").first.map(String.init) ?? ""
    let isRegistry = name.contains("/") && host.contains { ".:".contains($0) }
    return isRegistry ? "docker://\(name)" : nil
  }

  private static func pull(
    _ name: String, from source: String, _ store: ContainerStore, _ access: RegistryAccess
  ) async throws -> ParentImage {
    let digest = try await digest(of: name, access, store.skopeo)
    do {
      let local = "localhost/parent:\(digest.dropFirst("sha256:".count))"
      if try await !store.names().contains(local) {
        let isRegistry = source.hasPrefix("docker://")
        let pinned = isRegistry ? "\(untagged(source))@\(digest)" : source
        try await store.skopeo(
          ["copy"] + access.options("src-") + [pinned, store.reference(local)])
      }
      let image = try await store.image(local)
      return ParentImage(name: local, digest: digest, image)
    } catch let failure as CommandFailure {
      throw RegistryFailure(name: name, option: LayerKey.registryOptionsPull, failure)
    }
  }

  private static func untagged(_ source: String) -> String {
    let name = source.prefix { $0 != "@" }
    let start = name.lastIndex(of: "/") ?? name.startIndex
    return String(name[..<(name[start...].firstIndex(of: ":") ?? name.endIndex)])
  }
}

extension ParentImage {
  fileprivate init(name: String, digest: String, _ image: ContainerStore.Image) {
    self.init(
      name: name, digest: digest, created: image.created, hasWholeHistory: image.hasWholeHistory)
  }
}

/// The parent of a layer cannot be had.
enum ParentError: ExitStatusError, CustomStringConvertible {
  case notInStore(String, nearest: String?)
  case noDigest(String)

  var exitStatus: ExitStatus { .dataError }

  var description: String {
    switch self {
    case .notInStore(let name, let nearest):
      "the parent '\(name)' is not in the store"
        + (nearest.map { "; did you mean \($0)?" } ?? "")
        + "; build it first, or name it with its registry, such as registry.example.org/\(name)"
    case .noDigest(let name):
      "skopeo inspect names no digest of the parent '\(name)'; is it one image?"
    }
  }
}

/// A registry refuses an image, or cannot be reached.
struct RegistryFailure: ExitStatusError, CustomStringConvertible {
  private let name: String
  private let option: LayerKey
  private let reason: String

  /// - Parameters:
  ///   - option: the key with the options for the registry.
  ///   - failure: that of skopeo.
  init(name: String, option: LayerKey, _ failure: CommandFailure) {
    (self.name, self.option) = (name, option)
    let text = failure.lastLines.joined(separator: "\n")
    let message = text.firstMatch(of: #/level=fatal msg="(.*)"$/#).map { String($0.1) }
    reason = message ?? (text.isEmpty ? failure.reason.sentence : text)
  }

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    let advice =
      reason.contains("HTTP response to HTTPS client")
      ? "; for a registry without TLS: \(option.rawValue): ['--tls-verify=false']"
      : reason.contains("unauthorized") || reason.contains("authentication required")
        ? "; name a file that skopeo login --authfile has written: \(option.rawValue): "
          + "['--authfile=FILE']" : ""
    return "\(name): \(visible(reason))\(advice)"
  }
}
