import Bindings
import Configuration
import FoundationEssentials
import SystemPackage

/// The manifest of a version in a registry: an artefact without a configuration, with one layer for
/// each file (OCI image specification 1.1, "Guidelines for Artifact Usage").
struct RegistryManifest: Codable, Equatable {
  static let mediaType = "application/vnd.oci.image.manifest.v1+json"
  static let artifactType = "application/vnd.image-builder.release"
  /// The forms of manifests that a tag can name. A registry answers as if there were no manifest if a
  /// client does not accept its form.
  static let allMediaTypes = [
    mediaType, "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
  ]
  /// Registries need not accept larger ones (OCI distribution specification 1.1, "Pushing
  /// Manifests").
  static let largestInBytes = 4 << 20
  /// The content that stands for no configuration.
  static let emptyConfiguration = Array("{}".utf8)

  struct Descriptor: Codable, Equatable {
    var mediaType: String
    /// `sha256:` and lower-case hexadecimal.
    var digest: String
    var size: UInt64
    var annotations: [String: String]?

    var title: String? { annotations?[Annotation.title] }
  }

  private enum Annotation {
    static let title = "org.opencontainers.image.title"
    static let version = "org.opencontainers.image.version"
    static let created = "org.opencontainers.image.created"
    static let variant = "vnd.image-builder.variant"
  }

  private(set) var schemaVersion = 2
  private(set) var mediaType = Self.mediaType
  private(set) var artifactType: String? = Self.artifactType
  let config: Descriptor
  let layers: [Descriptor]
  let annotations: [String: String]?

  /// - Parameter secondsSinceEpoch: the time of publishing.
  init(_ version: PublishedVersion, _ files: [PublishedFile], secondsSinceEpoch: UInt64) {
    config = Descriptor(
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: Self.digest(of: Self.emptyConfiguration),
      size: UInt64(Self.emptyConfiguration.count))
    layers = files.map { file in
      Descriptor(
        mediaType: "application/octet-stream", digest: "sha256:\(file.digest)",
        size: file.sizeInBytes, annotations: [Annotation.title: file.name])
    }
    annotations = [
      Annotation.version: version.name, Annotation.variant: version.variant.path,
      Annotation.created: UTCDate.text(secondsSinceEpoch),
    ]
  }

  /// Returns nil if the bytes are not the manifest of a version with a list of digests. Digests become
  /// parts of URLs, so they must be digests.
  init?(parsing bytes: [UInt8]) {
    guard let manifest = try? JSONDecoder().decode(Self.self, from: Data(bytes)),
      manifest.schemaVersion == 2, manifest.artifactType == Self.artifactType,
      manifest.layer(OutputListing.checksumList) != nil,
      manifest.layers.allSatisfy({ Self.isDigest($0.digest) })
    else { return nil }
    self = manifest
  }

  /// The version, with the time of publishing; nil if the annotations do not say it.
  var version: ListedVersion? {
    guard let name = annotations?[Annotation.version], RegistryTag.isUsable(name),
      let path = annotations?[Annotation.variant], let variant = PublishedVariant(path: path),
      let created = annotations?[Annotation.created],
      let date = try? Date(created, strategy: .iso8601)
    else { return nil }
    return ListedVersion(
      version: PublishedVersion(variant, name),
      secondsSinceEpoch: UInt64(clamping: Int64(date.timeIntervalSince1970)))
  }

  /// The layer of a file.
  func layer(_ name: String) -> Descriptor? { layers.first { $0.title == name } }

  /// The bytes to push.
  ///
  /// - Throws: `EncodingError`.
  func bytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }

  static func isDigest(_ text: String) -> Bool {
    text.wholeMatch(of: #/sha256:[0-9a-f]{64}/#) != nil
  }

  static func digest(of bytes: [UInt8]) -> String {
    "sha256:\(MessageDigest.hexadecimal(of: bytes))"
  }
}

/// Names of manifests in a registry (OCI distribution specification 1.1, "Pulling manifests").
enum RegistryTag {
  static let latestPrefix = "latest-"
  private static let longest = 128
  private static let separator = "--"

  /// Whether a version can have the tag of its name.
  static func isUsable(_ name: String) -> Bool {
    name.utf8.count <= longest && !name.hasPrefix(latestPrefix)
      && name.wholeMatch(of: #/[A-Za-z0-9_][A-Za-z0-9._\-]*/#) != nil
  }

  /// The tag of the newest version of a variant: `latest-PRODUCT--BRANCH--ARCH--PLATFORM--PERSONALITY`.
  /// If a name contains something that would be ambiguous or that a tag cannot contain, a part of a
  /// digest follows.
  static func latest(_ variant: PublishedVariant) -> String {
    let parts = variant.path.split(separator: "/")
    let name = parts.joined(separator: separator)
    let isPlain = parts.allSatisfy { part in
      part.wholeMatch(of: #/[A-Za-z0-9._]+(-[A-Za-z0-9._]+)*/#) != nil
    }
    let tag = latestPrefix + name
    if isPlain && tag.utf8.count <= longest { return tag }
    let safe = tag.unicodeScalars.map { scalar in
      scalar.isASCII && "\(scalar)".contains(#/[A-Za-z0-9._\-]/#) ? Character(scalar) : "_"
    }
    let suffix = "-\(MessageDigest.hexadecimal(of: variant.path).prefix(12))"
    return String(safe.prefix(longest - suffix.utf8.count)) + suffix
  }
}
