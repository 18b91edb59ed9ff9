import Configuration
import FoundationEssentials
import SystemPackage

/// What manifest.json says. The stages write these parts as fragments, `manifest` merges them with
/// those of hooks, and the check stage, the boot test and `--verify` read them again. Hooks may add
/// any other key.
enum OutputManifest {
  /// The extension of the file.
  static let fileExtension = "manifest.json"

  /// What was built by which program; on the top level.
  struct Build: Encodable {
    let product, branch, arch, platform, personality: String
    let buildVersion, productName: String
    /// The commit of the checkout; null for an installed builder.
    let builderCommit: String?

    private enum CodingKeys: String, CodingKey {
      case product, branch, arch, platform, personality
      case buildVersion = "build_version"
      case productName = "product_name"
      case builderCommit = "builder_commit"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(product, forKey: .product)
      try container.encode(branch, forKey: .branch)
      try container.encode(arch, forKey: .arch)
      try container.encode(platform, forKey: .platform)
      try container.encode(personality, forKey: .personality)
      try container.encode(buildVersion, forKey: .buildVersion)
      try container.encode(productName, forKey: .productName)
      try container.encode(builderCommit, forKey: .builderCommit)
    }
  }

  /// What the booted system says that it is; on the top level.
  struct System: Codable {
    let ostree: Tree
    /// Nil when the tree has no os-release.
    let osRelease: OSRelease?

    struct Tree: Codable {
      /// The commit that the images boot.
      let commit: String
    }

    private enum CodingKeys: String, CodingKey {
      case ostree
      case osRelease = "os_release"
    }
  }

  /// The images, each under the name of its format; on the top level.
  struct Images: Encodable {
    let images: [String: Image]
  }

  /// One image. All facts but the file are optional when a hook describes the image.
  struct Image: Codable, Equatable, Sendable {
    let file: String
    /// Size in bytes of the raw image that the file holds.
    var extractedSize: UInt64?
    /// Size of the file in bytes.
    var compressedSize: UInt64?
    var compression: String?
    /// Names of the sidecar files.
    var checksum, signature, extractedSignature: String?
    /// SHA-256 of the file and of the raw image in it, in lower-case hexadecimal.
    var digest, extractedDigest: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case file, checksum, signature
      case extractedSize = "extracted_size"
      case compressedSize = "compressed_size"
      case compression = "compression_type"
      case extractedSignature = "extracted_signature"
      case digest = "sha256"
      case extractedDigest = "extracted_sha256"
    }

    init(file: String) {
      self.file = file
    }

    /// A fact of another type is like one that is missing.
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      file = try container.decode(String.self, forKey: .file)
      extractedSize = try? container.decodeIfPresent(UInt64.self, forKey: .extractedSize)
      compressedSize = try? container.decodeIfPresent(UInt64.self, forKey: .compressedSize)
      compression = try? container.decodeIfPresent(String.self, forKey: .compression)
      checksum = try? container.decodeIfPresent(String.self, forKey: .checksum)
      signature = try? container.decodeIfPresent(String.self, forKey: .signature)
      extractedSignature = try? container.decodeIfPresent(
        String.self, forKey: .extractedSignature)
      digest = try? container.decodeIfPresent(String.self, forKey: .digest)
      extractedDigest = try? container.decodeIfPresent(String.self, forKey: .extractedDigest)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(file, forKey: .file)
      try container.encode(extractedSize, forKey: .extractedSize)
      try container.encode(compressedSize, forKey: .compressedSize)
      try container.encode(compression, forKey: .compression)
      try container.encode(checksum, forKey: .checksum)
      try container.encode(signature, forKey: .signature)
      try container.encode(extractedSignature, forKey: .extractedSignature)
      try container.encode(digest, forKey: .digest)
      try container.encode(extractedDigest, forKey: .extractedDigest)
    }
  }

  /// The files that are listed, by their names; on the top level.
  struct Files: Encodable {
    let files: [String: File]
  }

  /// One file.
  struct File: Codable, Equatable, Sendable {
    let sizeInBytes: UInt64
    /// SHA-256 in lower-case hexadecimal.
    let digest: String

    private enum CodingKeys: String, CodingKey {
      case sizeInBytes = "size"
      case digest = "sha256"
    }
  }
}
