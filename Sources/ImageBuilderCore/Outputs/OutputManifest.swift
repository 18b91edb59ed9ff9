import Configuration

/// What manifest.json says. The stages write these parts as fragments, `manifest` merges them with
/// those of hooks, and the check stage, the boot test and `--verify` read them again. Hooks may add
/// any other key.
enum OutputManifest {
  /// The extension of the file.
  static let fileExtension = "manifest.json"

  /// What was built by which program; on the top level.
  struct Build: ManifestPart {
    let product, branch, arch, platform, personality: String
    let buildVersion, productName: String
    /// The commit of the checkout; null for an installed builder.
    let builderCommit: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case product, branch, arch, platform, personality
      case buildVersion = "build_version"
      case productName = "product_name"
      case builderCommit = "builder_commit"
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

  /// One image. All facts but the file are optional when a hook describes the image.
  struct Image: ManifestPart, Decodable, Equatable, Sendable {
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

/// A part of the manifest that the program writes: a fact that is not known is null.
protocol ManifestPart: Encodable {
  associatedtype CodingKeys: CodingKey & CaseIterable
}

extension ManifestPart {
  /// The JSON form.
  ///
  /// - Throws: `EncodingError`.
  var json: JSONValue {
    get throws {
      guard case .object(var object) = try JSONValue(encoding: self) else { return .null }
      for key in CodingKeys.allCases.map(\.stringValue) { object[key] = object[key] ?? .null }
      return .object(object)
    }
  }
}
