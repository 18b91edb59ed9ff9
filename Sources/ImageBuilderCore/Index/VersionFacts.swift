import Configuration
import FoundationEssentials

extension IndexDocument.Version {
  /// Reads what a published version says of itself.
  ///
  /// - Returns: nil if its manifest is missing or cannot be read, so that it is no version of this name.
  /// - Throws: `UnreachableDestination`.
  init?(_ listed: ListedVersion, at destination: any Destination) async throws {
    let version = listed.version
    func read(_ name: String) async throws -> [UInt8]? {
      let bytes = try await destination.read(name, of: version)
      return bytes.flatMap { $0.count <= JSONValue.largestFileInBytes ? $0 : nil }
    }
    func object(_ suffix: String) async throws -> JSONValue? {
      let bytes = try await read("\(version.name).\(suffix)")
      return bytes.flatMap { try? JSONValue(parsing: String(decoding: $0, as: UTF8.self)) }
    }
    guard let manifest = try await object(OutputManifest.fileExtension), case .object = manifest
    else { return nil }
    self.version = version.name
    published = UTCDate.text(listed.secondsSinceEpoch)
    let list = try await read(OutputListing.checksumList) ?? []
    isSigned = try await read(OutputListing.checksumListSignature) != nil
    let check = try await object("check.json")
    buildVersion = manifest["build_version"]?.string
    productName = manifest["product_name"]?.string
    commit = manifest["ostree"]?["commit"]?.string
    osVersion = manifest["os_release"]?["version"]?.string
    signer = check?["verification"]?["fingerprint"]?.string
    files = ChecksumList(parsing: String(decoding: list, as: UTF8.self)).digests
      .sorted { $0.key < $1.key }.map { name, digest in
        let size = manifest["files"]?[name.text]?["size"]?.count
        return File(name: name.text, size: size, sha256: digest)
      }
    let known = Set(files.map(\.name))
    images = (manifest["images"]?.members ?? []).compactMap { $0["file"]?.string }
      .filter(known.contains)
    boots =
      (try? check?["boot"]?.decoded(as: BootRecord.self))?.machines
      .map { Boot(firmware: $0.firmware.rawValue, result: $0.result.rawValue) } ?? []
  }
}
