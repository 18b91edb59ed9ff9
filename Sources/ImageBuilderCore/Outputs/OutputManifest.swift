import Configuration

/// The content of manifest.json. Stages write these parts as fragments, and the manifest stage
/// merges them with the fragments of hooks. The check stage, the boot test and `--verify` read
/// them. Hooks may add any other key.
enum OutputManifest {
  /// The extension of the file name.
  static let fileExtension = "manifest.json"
  /// The extension of the name of the file with the inputs. Its SHA-256 is the value of the key
  /// `inputs`.
  static let inputsExtension = "inputs.json"

  /// The key in `images` of the compressed image of the second disk. Other formats of it have a key that
  /// begins with this one and `-`.
  static let secondDisk = "disk2"

  /// Whether an image contains the second disk, by its key in `images`.
  static func isOfSecondDisk(_ format: String) -> Bool {
    format == secondDisk || format.hasPrefix("\(secondDisk)-")
  }

  /// The variant, its build version and the commit of the builder. The keys are at the top level.
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

  /// The identity of the booted system. The keys are at the top level.
  struct System: Codable {
    let ostree: Tree
    /// Nil if the tree has no os-release.
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

  /// An image. All fields except `file` are optional, because a hook may describe an image without
  /// them.
  struct Image: ManifestPart, Decodable, Equatable, Sendable {
    let file: String
    /// The names of all files of the format, if there are several.
    var files: [String]?
    /// The size of the disk in the file in bytes.
    var extractedSize: UInt64?
    /// The size of the raw image in bytes, if zeros follow it in the file.
    var rawSize: UInt64?
    /// The size of the file in bytes.
    var compressedSize: UInt64?
    var compression: String?
    /// The names of the sidecar files.
    var checksum, signature, extractedSignature: String?
    /// SHA-256 of the file and of the raw image, in lower-case hexadecimal.
    var digest, extractedDigest: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case file, files, checksum, signature
      case rawSize = "raw_size"
      case extractedSize = "extracted_size"
      case compressedSize = "compressed_size"
      case compression = "compression_type"
      case extractedSignature = "extracted_signature"
      case digest = "sha256"
      case extractedDigest = "extracted_sha256"
    }
  }

  /// A listed file.
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

/// A part of the manifest that the program writes. Fields without a value are null.
protocol ManifestPart: Encodable {
  associatedtype CodingKeys: CodingKey & CaseIterable
}

extension ManifestPart {
  /// The part as JSON.
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
