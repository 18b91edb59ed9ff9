import Bindings
import Configuration

/// What a published version says of itself.
struct VersionFacts: Codable, Equatable, Sendable {
  /// What the index lists.
  let entry: IndexDocument.Version
  /// SHA-256 of SHA256SUMS; nil if it is missing.
  let listDigest: String?
  /// SHA-256 of the manifest.
  let manifestDigest: String
  /// SHA-256 of the compressed disk image.
  let imageDigest: String?
  /// Whether the check stage has verified the version.
  let isVerified: Bool
  /// What the check stage says of boots; nil if it says nothing.
  let boot: BootRecord?

  /// Reads the small files of a version.
  ///
  /// - Returns: nil if its manifest is missing or cannot be read, so that it is no version of this name.
  /// - Throws: `UnreachableDestination`.
  init?(_ listed: ListedVersion, at destination: any Destination) async throws {
    let version = listed.version
    func read(_ name: String) async throws -> [UInt8]? {
      let bytes = try await destination.read(name, of: version)
      return bytes.flatMap { $0.count <= JSONValue.largestFileInBytes ? $0 : nil }
    }
    func parsed(_ bytes: [UInt8]?) -> JSONValue? {
      bytes.flatMap { try? JSONValue(parsing: String(decoding: $0, as: UTF8.self)) }
    }
    guard let bytes = try await read("\(version.name).\(OutputManifest.fileExtension)"),
      let manifest = parsed(bytes), case .object = manifest
    else { return nil }
    let list = try await read(OutputListing.checksumList)
    let isSigned = try await read(OutputListing.checksumListSignature) != nil
    let check = parsed(try await read("\(version.name).check.json"))
    boot = try? check?["boot"]?.decoded(as: BootRecord.self)
    isVerified =
      check?["verification"] != nil && check?["findings"].map(\.members.isEmpty) != false
    manifestDigest = MessageDigest.hexadecimal(of: bytes)
    listDigest = list.map { MessageDigest.hexadecimal(of: $0) }
    entry = IndexDocument.Version(
      listed, manifest, list: ChecksumList(parsing: String(decoding: list ?? [], as: UTF8.self)),
      isSigned: isSigned, signer: check?["verification"]?["fingerprint"]?.string, boot)
    let image = manifest["images"]?[CompressedDiskImage.name]?["file"]?.string
    imageDigest = entry.files.first { $0.name == image }?.sha256
  }
}

extension IndexDocument.Version {
  fileprivate init(
    _ listed: ListedVersion, _ manifest: JSONValue, list: ChecksumList, isSigned: Bool,
    signer: String?, _ boot: BootRecord?
  ) {
    version = listed.version.name
    published = UTCDate.text(listed.secondsSinceEpoch)
    buildVersion = manifest["build_version"]?.string
    productName = manifest["product_name"]?.string
    commit = manifest["ostree"]?["commit"]?.string
    osVersion = manifest["os_release"]?["version"]?.string
    inputs = manifest["inputs"]?.string
    self.signer = signer
    self.isSigned = isSigned
    files = list.digests.sorted { $0.key < $1.key }.map { name, digest in
      File(
        name: name.text, size: manifest["files"]?[name.text]?["size"]?.count, sha256: digest)
    }
    let known = Set(files.map(\.name))
    images = (manifest["images"]?.members ?? []).compactMap { $0["file"]?.string }
      .filter(known.contains)
    boots =
      boot?.machines
      .map { Boot(firmware: $0.firmware.rawValue, format: $0.format, result: $0.result.rawValue) }
      ?? []
  }
}
