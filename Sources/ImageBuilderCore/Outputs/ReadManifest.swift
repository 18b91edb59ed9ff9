import Configuration
import SystemPackage

/// The verifiable content of a manifest.json, which is not trusted.
struct ReadManifest: Sendable {
  /// An image. Its fields are compared with the entry of its file in `files`.
  struct Image: Sendable {
    /// The name of the format.
    let format: String
    let file: ExactName
    /// The names of the sidecar files that must exist.
    let sidecars: [String]
    /// The unpacked image; nil if the manifest does not describe it.
    let raw: RawImage?
  }

  /// The raw disk image in a compressed image.
  struct RawImage: Sendable {
    let compression: Compression
    let sizeInBytes: UInt64
    let digest: String
  }

  private(set) var files: [ExactName: OutputManifest.File] = [:]
  private(set) var images: [Image] = []
  /// The commit that the images boot.
  private(set) var commit: String?
  private(set) var osRelease: OSRelease?
  private(set) var arch: Architecture?
  private(set) var findings: [OutputFinding] = []
  private let name: String

  /// An empty manifest.
  init() {
    name = ""
  }

  /// - Parameters:
  ///   - name: the file name of the manifest, for findings.
  ///   - compressedFormats: the formats for which all fields are required.
  init(parsing text: String, name: String, compressedFormats: [String]) {
    self.name = name
    let value: JSONValue
    do {
      value = try JSONValue(parsing: text)
    } catch {
      report("is not JSON: \(JSONValue.reason(error))")
      return
    }
    readFiles(value)
    arch = value["arch"]?.string.flatMap(Architecture.init)
    let system = try? value.decoded(as: OutputManifest.System.self)
    osRelease = system?.osRelease
    commit = system?.ostree.commit
    if let commit, !DigestSyntax.isValid(commit) {
      report("ostree.commit is \(commit), which is not a commit")
    }
    guard let object = value["images"] else { return }
    guard case .object(let images) = object else {
      report("images is not an object")
      return
    }
    for (format, facts) in images.sorted(by: { $0.key < $1.key }) {
      readImage(format, facts, isComplete: compressedFormats.contains(format))
    }
    if !self.images.isEmpty && commit == nil { report("ostree.commit is missing") }
  }

  private mutating func report(_ problem: String) {
    findings.append(OutputFinding(name, problem))
  }

  private mutating func readFiles(_ value: JSONValue) {
    guard case .object(let object)? = value["files"] else {
      return report("files is not an object of file names")
    }
    for (name, facts) in object {
      guard let file = try? facts.decoded(as: OutputManifest.File.self),
        DigestSyntax.isValid(file.digest)
      else {
        report("files has no size and sha256 of \(name)")
        continue
      }
      files[ExactName(name)] = file
    }
  }

  private mutating func readImage(_ format: String, _ facts: JSONValue, isComplete: Bool) {
    guard let file = facts["file"]?.string, let listed = files[ExactName(file)] else {
      return report("images.\(format).file is not one of files")
    }
    let image: OutputManifest.Image
    do {
      image = try facts.decoded()
    } catch {
      return report("images.\(format) \(Self.problem(error)); it \(Self.needs)")
    }
    func differs<Value: Equatable>(_ found: Value?, _ expected: Value) -> Bool {
      found.map { $0 != expected } ?? isComplete
    }
    if differs(image.compressedSize, listed.sizeInBytes) {
      report("images.\(format).compressed_size is not the size of \(file)")
    }
    if differs(image.digest, listed.digest) {
      report("images.\(format).sha256 is not the sha256 of \(file)")
    }
    let raw = Self.rawImage(image)
    if raw == nil && (isComplete || image.extractedDigest != nil) {
      report("images.\(format) \(Self.needs)")
    }
    images.append(
      Image(
        format: format, file: ExactName(file),
        sidecars: [image.checksum, image.signature, image.extractedSignature].compactMap { $0 },
        raw: raw))
  }

  /// Unpacking a larger image would take too long.
  private static let largestRawImageInBytes: UInt64 = 1 << 40

  private static let needs =
    "needs extracted_size (up to \(formattedSize(largestRawImageInBytes))), extracted_sha256 and "
    + "compression_type"

  /// The problem of an image that cannot be decoded, for example a field of the wrong type.
  private static func problem(_ error: any Error) -> String {
    switch error {
    case DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context):
      "has a \(context.codingPath.last?.stringValue ?? "value") of another type"
    default: "is not an image: \(error)"
    }
  }

  private static func rawImage(_ image: OutputManifest.Image) -> RawImage? {
    guard let size = image.extractedSize, size <= largestRawImageInBytes,
      let digest = image.extractedDigest, DigestSyntax.isValid(digest),
      let compression = image.compression.flatMap(Compression.init(rawValue:))
    else { return nil }
    return RawImage(compression: compression, sizeInBytes: size, digest: digest)
  }
}
