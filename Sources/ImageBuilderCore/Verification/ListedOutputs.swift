import Configuration
import SystemPackage

/// The files in an output directory, compared with the lists in it.
struct ListedOutputs: Sendable {
  private static let manifestSuffix = ".\(OutputManifest.fileExtension)"

  let directory: FilePath
  let checksums: ChecksumList
  let manifest: ReadManifest
  private(set) var sidecars: [Sidecar] = []
  private(set) var findings: [OutputFinding]
  private let tree: OutputTree

  /// Reads the lists and compares names. No other file is opened.
  ///
  /// - Parameter mustBeSigned: whether missing signatures are findings.
  /// - Throws: `NoOutputDirectory`.
  init(_ directory: FilePath, mustBeSigned: Bool) throws {
    self.directory = directory
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
    func isManifest(_ name: ExactName) -> Bool {
      name.text.hasSuffix(Self.manifestSuffix) && !name.text.contains("/")
    }
    let manifests = tree.sizesInBytes.keys.filter(isManifest)
    let listed = checksums.digests.keys.filter(isManifest)
    let name = (manifests.min() ?? listed.min())?.text ?? "OUTVERSION\(Self.manifestSuffix)"
    if manifests.count > 1 {
      problems.append(OutputFinding(name, "is one of \(manifests.count) manifests"))
    }
    manifest =
      text(name).map {
        ReadManifest(parsing: $0, name: name, compressedFormats: ImageFormats.compressed)
      } ?? ReadManifest()
    findings += problems + checksums.findings + manifest.findings
    // Without a readable list, every file would be reported as unknown.
    if problems.isEmpty { classify(ExactName(name), mustBeSigned) }
  }

  /// The names of all files that have the suffix of a signature, sorted.
  var signatures: [String] {
    tree.sizesInBytes.keys.map(\.text).filter { $0.hasSuffix(".asc") || $0.hasSuffix(".gpg") }
      .sorted()
  }

  /// Whether there is a regular file with this name.
  func isPresent(_ name: ExactName) -> Bool {
    tree.sizesInBytes[name] != nil
  }

  private mutating func classify(_ manifestName: ExactName, _ mustBeSigned: Bool) {
    let version = manifestName.text.dropLast(Self.manifestSuffix.count)
    var known = Set(checksums.digests.keys)
    known.formUnion([manifestName, ExactName(OutputListing.checksumList)])
    for suffix in OutputListing.runRecords { known.insert(ExactName("\(version)\(suffix)")) }
    var rawImages: [ExactName: ExactName] = [:]
    for image in manifest.images {
      guard let raw = image.raw else { continue }
      if let name = Sidecar.rawName(image.file, raw.compression) { rawImages[name] = image.file }
    }
    let present = Set(tree.sizesInBytes.keys)
    for name in present.subtracting(known).sorted() {
      if let sidecar = Sidecar(name, of: present, rawImages) {
        sidecars.append(sidecar)
      } else {
        report(name.text, "is listed neither in manifest.json nor in SHA256SUMS")
      }
    }
    compareLists(manifestName, present)
    requireSidecars(rawImages, mustBeSigned)
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

  private mutating func requireSidecars(
    _ rawImages: [ExactName: ExactName], _ mustBeSigned: Bool
  ) {
    let images = manifest.files.keys.map(\.text).filter { $0.contains(".img.") }
    var required = manifest.images.flatMap(\.sidecars) + images.map { "\($0).sha256" }
    for (raw, image) in rawImages { required += ["\(raw.text).sha256", "\(image.text).size"] }
    if mustBeSigned {
      required += (images + rawImages.keys.map(\.text)).map { "\($0).asc" }
      required.append(OutputListing.checksumListSignature)
    }
    let present = Set(sidecars.map { ExactName($0.name) })
    for name in Set(required.map { ExactName($0) }).subtracting(present).sorted() {
      report(name.text, "is missing")
    }
  }

  private mutating func report(_ name: String, _ problem: String) {
    findings.append(OutputFinding(name, problem))
  }
}
