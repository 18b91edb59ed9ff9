import Configuration
import SystemPackage

/// The files in an output directory, compared with the lists in it.
struct ListedOutputs: Sendable {
  private static let manifestSuffix = ".\(OutputManifest.fileExtension)"

  let directory: FilePath
  let checksums: ChecksumList
  let manifest: ReadManifest
  /// OUTVERSION, by the name of the manifest; nil if there is none.
  let version: String?
  private(set) var sidecars: [Sidecar] = []
  private(set) var findings: [OutputFinding]
  /// The names of files that are on a server and not in the directory.
  let remoteNames: Set<ExactName>
  private let tree: OutputTree

  /// Reads the lists and compares names. No other file is opened.
  ///
  /// - Parameters:
  ///   - mustBeSigned: whether missing signatures are findings.
  ///   - remoteNames: the names of files that are on a server and not in the directory.
  /// - Throws: `NoOutputDirectory`.
  init(
    _ directory: FilePath, mustBeSigned: Bool, remoteNames: Set<ExactName> = []
  ) throws {
    self.directory = directory
    self.remoteNames = remoteNames
    tree = try OutputTree(directory)
    findings = tree.findings
    var problems: [OutputFinding] = []
    func text(_ name: String) -> String? {
      do {
        return try UntrustedFile.text(
          of: directory.pushing(FilePath(name)), maximumSizeInBytes: JSONValue.largestFileInBytes)
      } catch {
        problems.append(OutputFinding(name, "cannot be read: \(error)"))
        return nil
      }
    }
    checksums = text(OutputListing.checksumList).map(ChecksumList.init) ?? ChecksumList()
    let manifests = tree.sizesInBytes.keys.filter(Self.isManifest)
    let listed = checksums.digests.keys.filter(Self.isManifest)
    let found = (manifests.min() ?? listed.min())?.text
    version = found.map { String($0.dropLast(Self.manifestSuffix.count)) }
    let name = found ?? "OUTVERSION\(Self.manifestSuffix)"
    if manifests.count > 1 {
      problems.append(OutputFinding(name, "is one of \(manifests.count) manifests"))
    }
    manifest =
      text(name).map {
        ReadManifest(parsing: $0, name: name, compressionTypes: ImageFormats.compressionTypes)
      } ?? ReadManifest()
    findings += problems + checksums.findings + manifest.findings
    // Without a readable list, every file would be reported as unknown.
    if problems.isEmpty { classify(ExactName(name), mustBeSigned) }
  }

  /// Whether a file has the name of a manifest.
  static func isManifest(_ name: ExactName) -> Bool {
    name.text.hasSuffix(manifestSuffix) && !name.text.contains("/")
  }

  /// The names of all files that have the suffix of a signature, sorted.
  var signatures: [String] {
    tree.sizesInBytes.keys.map(\.text).filter { $0.hasSuffix(".asc") || $0.hasSuffix(".gpg") }
      .sorted()
  }

  /// Whether the directory has a regular file with this name.
  func isPresent(_ name: ExactName) -> Bool {
    tree.sizesInBytes[name] != nil
  }

  /// The names of the files that accompany the images of a manifest.
  ///
  /// - Parameter signed: whether signatures are among them.
  static func sidecars(of manifest: ReadManifest, signed: Bool) -> Set<ExactName> {
    let images = manifest.files.keys.map(\.text).filter { $0.contains(".img.") }
    let rawImages = rawImages(of: manifest)
    var names = manifest.images.flatMap(\.sidecars) + images.map { "\($0).sha256" }
    for (raw, image) in rawImages { names += ["\(raw.text).sha256", "\(image.text).size"] }
    if signed { names += (images + rawImages.keys.map(\.text)).map { "\($0).asc" } }
    return Set(names.map { ExactName($0) })
  }

  /// The names of the compressed images, by the names of their raw images.
  private static func rawImages(of manifest: ReadManifest) -> [ExactName: ExactName] {
    var rawImages: [ExactName: ExactName] = [:]
    for image in manifest.images {
      guard let raw = image.raw else { continue }
      guard let compression = raw.compression else { continue }
      if let name = Sidecar.rawName(image.file, compression) { rawImages[name] = image.file }
    }
    return rawImages
  }

  private mutating func classify(_ manifestName: ExactName, _ mustBeSigned: Bool) {
    let version = manifestName.text.dropLast(Self.manifestSuffix.count)
    var known = Set(checksums.digests.keys)
    known.formUnion([manifestName, ExactName(OutputListing.checksumList)])
    for suffix in OutputListing.runRecords { known.insert(ExactName("\(version)\(suffix)")) }
    let rawImages = Self.rawImages(of: manifest)
    let present = Set(tree.sizesInBytes.keys).union(remoteNames)
    for name in present.subtracting(known).sorted() {
      if let sidecar = Sidecar(name, of: present, rawImages) {
        sidecars.append(sidecar)
      } else {
        report(name.text, "is listed neither in manifest.json nor in SHA256SUMS")
      }
    }
    compareLists(manifestName, present)
    requireSidecars(mustBeSigned)
  }

  private mutating func compareLists(_ manifestName: ExactName, _ present: Set<ExactName>) {
    let (inList, inManifest) = (Set(checksums.digests.keys), Set(manifest.files.keys))
    for name in inList.union(inManifest).subtracting(present).sorted() {
      report(name.text, "is listed, but missing")
    }
    if !inList.contains(manifestName) { report(manifestName.text, "is not in SHA256SUMS") }
    // Files that hooks added after the manifest was written are in SHA256SUMS alone.
    for name in inManifest.subtracting(inList).sorted() {
      report(name.text, "is in \(manifestName.text), but not in SHA256SUMS")
    }
  }

  private mutating func requireSidecars(_ mustBeSigned: Bool) {
    var required = Self.sidecars(of: manifest, signed: mustBeSigned)
    if mustBeSigned { required.insert(ExactName(OutputListing.checksumListSignature)) }
    let present = Set(sidecars.map { ExactName($0.name) })
    for name in required.subtracting(present).sorted() { report(name.text, "is missing") }
  }

  private mutating func report(_ name: String, _ problem: String) {
    findings.append(OutputFinding(name, problem))
  }
}
