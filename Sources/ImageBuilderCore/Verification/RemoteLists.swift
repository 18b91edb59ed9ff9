import Configuration
import SystemPackage

/// The lists and signatures of a version on a server, fetched into a directory.
struct RemoteLists {
  /// Larger sidecar files are none.
  private static let largestSidecarInBytes = 1 << 16
  private static let largestListInBytes = JSONValue.largestFileInBytes

  /// The names of the listed files that have not been fetched.
  private(set) var remoteNames: Set<ExactName> = []
  /// Why nothing in the lists can be believed.
  private(set) var findings: [OutputFinding] = []
  private let outputs: RemoteOutputs
  private let directory: FilePath

  /// Fetches SHA256SUMS and its signature. If that is right, or if there are no keys, also fetches
  /// the manifest, and the files that accompany images. Nothing else needs to be stored.
  ///
  /// - Parameters:
  ///   - directory: an empty directory.
  ///   - signers: nil if there is no key.
  /// - Throws: `VerificationError.unreachable`, `.noVersion`; `LinuxError`; `CancellationError`.
  init(
    of outputs: RemoteOutputs, in directory: FilePath, _ signers: TrustedSigners?
  ) async throws {
    self.outputs = outputs
    self.directory = directory
    let name = OutputListing.checksumList
    guard let bytes = try await fetch(name, Self.largestListInBytes) else {
      throw VerificationError.noVersion(url: outputs.url)
    }
    let isSigned = try await hasSignature(signers)
    let list = ChecksumList(parsing: String(decoding: bytes, as: UTF8.self))
    findings += list.findings
    for name in list.digests.keys where !Self.isPlain(name.text) {
      findings.append(OutputFinding(name.text, "has a name that cannot be a part of a URL"))
    }
    // Without a key, the verification ends with that reason.
    guard findings.isEmpty, signers != nil || !isSigned else { return }
    remoteNames = Set(list.digests.keys)
    try await fetchManifest(list)
  }

  private mutating func hasSignature(_ signers: TrustedSigners?) async throws -> Bool {
    let (list, signature) = (OutputListing.checksumList, OutputListing.checksumListSignature)
    guard try await fetch(signature, Self.largestSidecarInBytes) != nil else {
      if signers != nil { findings.append(OutputFinding(signature, "is missing")) }
      return false
    }
    guard let signers else { return true }
    do throws(TrustedSigners.Refusal) {
      _ = try await signers.signer(
        of: directory.appending(signature), over: directory.appending(list))
    } catch {
      findings.append(OutputFinding(signature, "\(error)"))
    }
    return true
  }

  private mutating func fetchManifest(_ list: ChecksumList) async throws {
    let manifests = list.digests.keys.filter(ListedOutputs.isManifest).sorted()
    guard let name = manifests.first else { return }
    guard let bytes = try await fetch(name.text, Self.largestListInBytes) else {
      return findings.append(OutputFinding(name.text, "is listed, but missing"))
    }
    remoteNames.remove(name)
    let manifest = ReadManifest(
      parsing: String(decoding: bytes, as: UTF8.self), name: name.text,
      compressionTypes: ImageFormats.compressionTypes)
    try await fetchScripts(manifest)
    outputs.progress.expect(
      manifest.files.filter { remoteNames.contains($0.key) }.values
        .reduce(0) { $0 &+ $1.sizeInBytes })
    // The verification reports a manifest that is not the listed one.
    for sidecar in ListedOutputs.sidecars(of: manifest, signed: true).sorted()
    where Self.isPlain(sidecar.text) && !remoteNames.contains(sidecar) {
      _ = try await fetch(sidecar.text, Self.largestSidecarInBytes)
    }
  }

  /// The script of iPXE is compared with the names of its files.
  private mutating func fetchScripts(_ manifest: ReadManifest) async throws {
    for name in manifest.images.filter({ $0.format == NetbootImage.name }).flatMap(\.files)
    where name.hasSuffix(NetbootImage.scriptExtension) && remoteNames.contains(ExactName(name)) {
      if try await fetch(name, Self.largestSidecarInBytes) != nil {
        remoteNames.remove(ExactName(name))
      }
    }
  }

  /// Stores a file in the directory.
  ///
  /// - Returns: nil if the server has no such file.
  private mutating func fetch(_ name: String, _ maximumSizeInBytes: Int) async throws -> [UInt8]? {
    let bytes: [UInt8]
    do {
      guard
        let found = try await outputs.bytes(of: name, maximumSizeInBytes: maximumSizeInBytes)
      else { return nil }
      bytes = found
    } catch let refusal as UntrustedFile.Refusal {
      findings.append(OutputFinding(name, "\(refusal)"))
      return []
    }
    let file = directory.pushing(FilePath(name))
    try Directories.create(file.removingLastComponent())
    try FileAccess.write(bytes, to: file, waitsForDisk: false)
    return bytes
  }

  /// Whether a name stays below the URL and the directory.
  private static func isPlain(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.allSatisfy { !["", ".", ".."].contains($0) && $0.utf8.count <= 255 }
      && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
      && name.utf8.count <= 2048
  }
}
