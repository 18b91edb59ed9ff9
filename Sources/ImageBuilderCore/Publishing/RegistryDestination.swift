import Bindings
import Configuration
import Glibc
import SystemPackage

/// A repository of an OCI registry (publish:registry). A version is one artefact with the tag
/// OUTVERSION. It appears when its manifest is written, after all its files.
struct RegistryDestination: Destination {
  let client: RegistryClient
  /// Asks the questions before a build, when somebody may be waiting.
  private let briefClient: RegistryClient

  let place: String
  let option = DestinationKind.registry.option
  /// The program speaks with the registry itself.
  let tools: [RequiredTool] = []
  let localDirectory: FilePath? = nil
  let sharedFiles: (any SharedFiles)? = nil
  let hostFiles: [FilePath]

  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    try self.init(configuration, paths, .forDestinations())
  }

  init(
    _ configuration: Configuration, _ paths: BuildPaths, _ policy: RetryPolicy,
    _ timeouts: TransferTimeouts = TransferTimeouts()
  ) throws {
    let options = Options.publish
    guard let registry = try configuration.value(options.registry) else {
      throw PublishingError.missingPlace(.registry)
    }
    guard RegistryTag.isUsable(paths.outputVersion) else {
      throw UnusableTag(name: paths.outputVersion)
    }
    let passwords = try configuration.value(options.registryAuthenticationFile)
    let authorities = try configuration.value(options.registryAuthorities)
    client = RegistryClient(registry, passwords, authorities: authorities, policy, timeouts)
    briefClient = RegistryClient(
      registry, passwords, authorities: authorities, policy.brief, timeouts)
    place = RegistryClient.place(registry)
    hostFiles = [passwords, authorities].compactMap { $0 }
  }

  func name(of version: PublishedVersion) -> String { "\(place):\(version.name)" }

  func check() async throws {
    try await briefClient.checkUpload()
  }

  func versions(of variant: PublishedVariant?) async throws -> [ListedVersion] {
    var versions: [ListedVersion] = []
    for tag in try await client.tags() where RegistryTag.isUsable(tag) {
      // Somebody may have given a version another tag.
      guard let version = try await manifest(tag)?.version, version.version.name == tag,
        variant == nil || version.version.variant == variant
      else { continue }
      versions.append(version)
    }
    return versions
  }

  func holds(_ version: PublishedVersion) async throws -> Bool {
    try await client.manifest(version.name) != nil
  }

  func read(_ file: String, of version: PublishedVersion) async throws -> [UInt8]? {
    guard let manifest = try await manifest(of: version), let layer = manifest.layer(file) else {
      return nil
    }
    guard layer.size <= UInt64(SharedFile.largestInBytes) else {
      throw UnreachableDestination(
        place: place, reason: "\(version.name) has a file \(file) of \(layer.size) bytes")
    }
    return try await client.blob(layer)
  }

  func put(
    _ version: PublishedVersion, _ files: [PublishedFile], from outputs: FilePath,
    report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    guard try await !holds(version) else {
      throw PublishingError.alreadyPublished(version, place)
    }
    let manifest = RegistryManifest(
      version, files, secondsSinceEpoch: UInt64(clamping: time(nil)))
    let bytes = try manifest.bytes()
    guard bytes.count <= RegistryManifest.largestInBytes else {
      throw UnreachableDestination(
        place: place, reason: "\(files.count) files are too many for one artefact")
    }
    try await client.upload(
      .bytes(RegistryManifest.emptyConfiguration), manifest.config.digest, report: { _ in })
    var sentInBytes: UInt64 = 0
    for file in files {
      let before = sentInBytes
      try await client.upload(.file(file.path, 0..<file.sizeInBytes), "sha256:\(file.digest)") {
        report(before + $0)
      }
      sentInBytes += file.sizeInBytes
      report(sentInBytes)
    }
    // A registry knows no conditional writes, so this is as late as possible.
    guard try await !holds(version) else {
      throw PublishingError.alreadyPublished(version, place)
    }
    try await client.write(bytes, version.name)
    guard try await client.manifest(version.name) == bytes else {
      throw UnreachableDestination(
        place: place,
        reason:
          "the manifest \(version.name) is not the one that was written; another build of this "
          + "version may have published it")
    }
  }

  func announce(_ version: PublishedVersion) async throws {
    guard let bytes = try await client.manifest(version.name),
      let own = RegistryManifest(parsing: bytes)?.version
    else { return }
    let latest = RegistryTag.latest(version.variant)
    let current = try await manifest(latest)?.version
    if let current, current.secondsSinceEpoch > own.secondsSinceEpoch { return }
    try await client.write(bytes, latest)
  }

  /// The registry removes a manifest with all its tags, so the newest of the remaining versions
  /// becomes the latest one if that was this version.
  func beginRemoval(of version: PublishedVersion) async throws {
    guard let bytes = try await client.manifest(version.name),
      RegistryManifest(parsing: bytes)?.version?.version == version
    else { return }
    let latest = RegistryTag.latest(version.variant)
    let wasLatest = try await client.manifest(latest) == bytes
    try await client.removeManifest(RegistryManifest.digest(of: bytes))
    if wasLatest { try await announceNewest(version.variant) }
  }

  /// - Returns: nothing: a registry does not tell what was removed.
  func finishRemovals(of variants: [PublishedVariant]) async throws -> [String] {
    for variant in variants where try await client.manifest(RegistryTag.latest(variant)) == nil {
      try await announceNewest(variant)
    }
    return []
  }

  /// Gives the newest version of a variant the tag of the latest one.
  private func announceNewest(_ variant: PublishedVariant) async throws {
    guard
      let newest = try await versions(of: variant)
        .max(by: {
          ($0.secondsSinceEpoch, $0.version.name) < ($1.secondsSinceEpoch, $1.version.name)
        }),
      let manifest = try await client.manifest(newest.version.name)
    else { return }
    try await client.write(manifest, RegistryTag.latest(variant))
  }

  private func manifest(of version: PublishedVersion) async throws -> RegistryManifest? {
    let manifest = try await manifest(version.name)
    return manifest?.version?.version == version ? manifest : nil
  }

  private func manifest(_ tag: String) async throws -> RegistryManifest? {
    try await client.manifest(tag).flatMap(RegistryManifest.init(parsing:))
  }
}

/// OUTVERSION cannot be the tag of an artefact.
struct UnusableTag: ExitStatusError, CustomStringConvertible {
  let name: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "\(visible(name)) cannot be published to publish:registry: the tag of a version is "
      + "build:outversion, which may have 128 letters, digits, dots, hyphens and underscores, and begins "
      + "neither with a dot or a hyphen nor with \(RegistryTag.latestPrefix)"
  }
}
