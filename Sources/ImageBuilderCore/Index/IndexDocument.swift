import FoundationEssentials

/// The content of index.json: every version of every variant at a destination. docs/publishing.md
/// documents it.
struct IndexDocument: Codable, Equatable, Sendable {
  /// The number of the schema that this program writes. A program for this schema could misread a
  /// document with a greater one.
  static let schema = 1

  var schema = Self.schema
  /// Sorted by path.
  var variants: [Variant] = []

  /// A variant and its versions.
  struct Variant: Codable, Equatable, Sendable {
    /// `PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY`.
    let path: String
    let product, branch, arch, platform, personality: String
    /// The version that was published last.
    var latest: String? { versions.first?.version }
    /// The version that was released last.
    let released: String?
    /// The newest first.
    let versions: [Version]

    enum CodingKeys: String, CodingKey {
      case path, product, branch, arch, platform, personality, latest, released, versions
    }

    init(_ path: String, versions: [Version]) {
      self.path = path
      let parts = path.split(separator: "/").map(String.init)
      (product, branch, arch, platform, personality) =
        (parts[0], parts[1], parts[2], parts[3], parts[4])
      released = versions.first { $0.isReleased }?.version
      self.versions = versions
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      let path = try container.decode(String.self, forKey: .path)
      guard PublishedVariant(path: path) != nil else {
        throw DecodingError.dataCorruptedError(
          forKey: .path, in: container, debugDescription: "\(path) is not a variant")
      }
      self.init(path, versions: try container.decode([Version].self, forKey: .versions))
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      for (key, value) in [
        (CodingKeys.path, path), (.product, product), (.branch, branch), (.arch, arch),
        (.platform, platform), (.personality, personality),
      ] {
        try container.encode(value, forKey: key)
      }
      try container.encode(latest, forKey: .latest)
      try container.encode(released, forKey: .released)
      try container.encode(versions, forKey: .versions)
    }
  }

  /// A complete version.
  struct Version: Codable, Equatable, Sendable {
    /// OUTVERSION, which is also the name of its directory below that of the variant.
    let version: String
    var buildVersion: String?
    /// When its list of digests was written at the destination, in UTC.
    let published: String
    var productName: String?
    /// The commit that the image boots.
    var commit: String?
    /// VERSION of the system's os-release.
    var osVersion: String?
    /// The digest of what the version was made of.
    var inputs: String?
    var isReleased = false
    /// The fingerprint of the key whose signature of SHA256SUMS was verified by the build.
    var signer: String?
    var isSigned = false
    /// The files that people download: the images.
    var images: [String] = []
    /// The files that SHA256SUMS lists, by name.
    var files: [File] = []
    var boots: [Boot] = []

    enum CodingKeys: String, CodingKey {
      case version, published, commit, inputs, images, files, boots
      case buildVersion = "build_version"
      case productName = "product_name"
      case osVersion = "os_version"
      case isReleased = "released"
      case signer = "signature_fingerprint"
      case isSigned = "signed"
    }

    struct File: Codable, Equatable, Sendable {
      let name: String
      /// In bytes; nil if the manifest does not say it.
      let size: UInt64?
      /// In lower-case hexadecimal.
      let sha256: String
    }

    struct Boot: Codable, Equatable, Sendable {
      let firmware: String
      /// The key in `images` of the manifest; nil for the disk image.
      var format: String?
      let result: String
    }
  }

  /// Reads a document; nil if it is not one, so that it must be made again.
  ///
  /// - Throws: `NewerIndex`.
  init?(_ bytes: [UInt8]) throws {
    struct Head: Decodable { let schema: Int }
    let data = Data(bytes)
    guard let head = try? JSONDecoder().decode(Head.self, from: data) else { return nil }
    guard head.schema <= Self.schema else { throw NewerIndex(schema: head.schema) }
    guard let document = try? JSONDecoder().decode(Self.self, from: data) else { return nil }
    self = document
  }

  init() {}

  /// The document as JSON.
  ///
  /// - Throws: `EncodingError`.
  var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }

  func variant(_ path: String) -> Variant? { variants.first { $0.path == path } }

  /// Replaces the versions of a variant. Without versions, it is not listed.
  mutating func set(_ path: String, _ versions: [Version]) {
    variants.removeAll { $0.path == path }
    guard !versions.isEmpty else { return }
    variants.append(Variant(path, versions: versions))
    variants.sort { $0.path < $1.path }
  }
}
