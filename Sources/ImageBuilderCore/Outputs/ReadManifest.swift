import Configuration
import SystemPackage

/// The verifiable content of a manifest.json, which is not trusted.
struct ReadManifest: Sendable {
  /// An image. Its fields are compared with the entry of its file in `files`.
  struct Image: Sendable {
    /// The name of the format.
    let format: String
    let file: ExactName
    /// The names of all files of the format.
    let files: [String]
    /// The names of the sidecar files that must exist.
    let sidecars: [String]
    /// The unpacked image; nil if the manifest does not describe it.
    let raw: RawImage?
  }

  /// The raw disk image in a file.
  struct RawImage: Sendable {
    /// `compression_type`: the compression, or another name that its format has.
    let compressionType: String
    /// The size of the raw image.
    let sizeInBytes: UInt64
    /// The size of the disk in the file: the raw image and the zeros that follow it.
    let diskSizeInBytes: UInt64
    let digest: String
    /// The raw image of the second disk, for formats that contain both. There is at most one.
    var second: [RawImage] = []

    /// Nil if the file is not just compressed.
    var compression: Compression? { Compression(rawValue: compressionType) }
  }

  private(set) var files: [ExactName: OutputManifest.File] = [:]
  private(set) var images: [Image] = []
  /// The commit that the images boot.
  private(set) var commit: String?
  private(set) var osRelease: OSRelease?
  private(set) var arch: Architecture?
  private(set) var findings: [OutputFinding] = []
  private let name: String
  private let compressionTypes: [String: [String]]

  /// An empty manifest.
  init() {
    name = ""
    compressionTypes = [:]
  }

  /// - Parameters:
  ///   - name: the file name of the manifest, for findings.
  ///   - compressionTypes: the accepted values of `compression_type`, for the formats that must
  ///     describe the raw image. A file of another format may be compressed.
  init(parsing text: String, name: String, compressionTypes: [String: [String]]) {
    self.name = name
    self.compressionTypes = compressionTypes
    let value: JSONValue
    do {
      value = try JSONValue(parsing: text)
    } catch {
      report("is not JSON: \(JSONValue.reason(error))")
      return
    }
    readFiles(value)
    checkInputs(value["inputs"])
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
      readImage(format, facts, isComplete: compressionTypes[format] != nil)
    }
    for isSecond in [false, true] { requireOneRawImage(ofSecondDisk: isSecond) }
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

  /// A manifest of an earlier version of the program has no inputs.
  private mutating func checkInputs(_ digest: JSONValue?) {
    guard let digest else { return }
    let version =
      name.hasSuffix(OutputManifest.fileExtension)
      ? String(name.dropLast(OutputManifest.fileExtension.count)) : ""
    let file = version + OutputManifest.inputsExtension
    guard let listed = files[ExactName(file)] else {
      return report("files has no \(file), whose sha256 is inputs")
    }
    if digest.string != listed.digest { report("inputs is not the sha256 of \(file)") }
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
    let raw = rawImage(image, format)
    if raw == nil && (isComplete || image.extractedDigest != nil) {
      report("images.\(format) \(Self.needs)")
    }
    for name in image.files ?? [] where files[ExactName(name)] == nil {
      report("images.\(format).files has \(name), which is not one of files")
    }
    images.append(
      Image(
        format: format, file: ExactName(file), files: image.files ?? [file],
        sidecars: Self.sidecars(of: image), raw: raw))
  }

  private static func sidecars(of image: OutputManifest.Image) -> [String] {
    let files = image.files ?? []
    return [image.checksum, image.signature, image.extractedSignature].compactMap { $0 }
      + (image.checksum == nil ? [] : files.map { "\($0).sha256" })
      + (image.signature == nil ? [] : files.map { "\($0).asc" })
  }

  private static let needs =
    "needs extracted_size (up to \(formattedSize(DiskSize.largestInBytes))), a raw_size that is not "
    + "greater, extracted_sha256 and compression_type"

  /// The problem of an image that cannot be decoded, for example a field of the wrong type.
  private static func problem(_ error: any Error) -> String {
    switch error {
    case DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context):
      "has a \(context.codingPath.last?.stringValue ?? "value") of another type"
    default: "is not an image: \(error)"
    }
  }

  private func rawImage(_ image: OutputManifest.Image, _ format: String) -> RawImage? {
    let types = compressionTypes[format] ?? Compression.allCases.map(\.rawValue)
    guard let size = image.extractedSize, size <= DiskSize.largestInBytes,
      let digest = image.extractedDigest, DigestSyntax.isValid(digest),
      let type = image.compression, types.contains(type)
    else { return nil }
    let raw = RawImage(
      compressionType: type, sizeInBytes: image.rawSize ?? size, diskSizeInBytes: size,
      digest: digest)
    let isPadded = raw.sizeInBytes != size
    return raw.sizeInBytes > size || (isPadded && raw.compression != nil) ? nil : raw
  }

  /// The raw image of the second disk.
  var secondDisk: RawImage? { images.first { $0.format == OutputManifest.secondDisk }?.raw }

  /// All formats of a disk contain the same raw image.
  private mutating func requireOneRawImage(ofSecondDisk isSecond: Bool) {
    let raw = images.filter {
      compressionTypes[$0.format] != nil && OutputManifest.isOfSecondDisk($0.format) == isSecond
    }
    .compactMap { image in image.raw.map { (image.format, $0) } }
    guard let (first, expected) = raw.first(where: { $0.1.compression != nil }) ?? raw.first
    else { return }
    for (format, found) in raw
    where (found.digest, found.sizeInBytes) != (expected.digest, expected.sizeInBytes) {
      report("images.\(format) contains another raw image than images.\(first)")
    }
  }
}
