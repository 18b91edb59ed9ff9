/// What manifest.json says, as far as it can be verified.
struct OutputManifest: Sendable {
  /// What is said of one file.
  struct File: Equatable, Sendable {
    let sizeInBytes: UInt64
    let digest: String
  }

  /// What is said of one image.
  struct Image: Sendable {
    /// Its key in `images`.
    let kind: String
    let file: ExactName
    /// Names of companions that must be there.
    let companions: [String]
    /// What the image is when it is unpacked; nil for formats that say nothing of it.
    let raw: RawImage?
  }

  /// A raw disk image that a compressed one holds.
  struct RawImage: Sendable {
    let compression: Compression
    let sizeInBytes: UInt64
    let digest: String
  }

  private(set) var files: [ExactName: File] = [:]
  private(set) var images: [Image] = []
  /// The commit that the images boot.
  private(set) var commit: String?
  private(set) var arch: String?
  private(set) var findings: [OutputFinding] = []
  private let name: String

  /// One that says nothing.
  init() {
    name = ""
  }

  /// - Parameter name: the manifest's own, for findings.
  init(parsing text: String, name: String) {
    self.name = name
    let value: JSONValue
    do {
      value = try JSONValue(parsing: text)
    } catch {
      find("is not JSON: \(JSONValue.reason(error))")
      return
    }
    readFiles(value)
    arch = value["arch"]?.string
    commit = value["ostree"]?["commit"]?.string
    if let commit, !Digest.isValid(commit) {
      find("ostree.commit is \(commit), which is no commit")
    }
    guard let object = value["images"] else { return }
    guard case .object(let images) = object else {
      find("images is not an object")
      return
    }
    for (kind, facts) in images.sorted(by: { $0.key < $1.key }) { readImage(kind, facts) }
    if !self.images.isEmpty && commit == nil { find("ostree.commit is missing") }
  }

  private mutating func find(_ problem: String) {
    findings.append(OutputFinding(name, problem))
  }

  private mutating func readFiles(_ value: JSONValue) {
    guard case .object(let object)? = value["files"] else {
      return find("files is not an object of file names")
    }
    for (name, facts) in object {
      guard let size = facts["size"]?.count, let digest = facts["sha256"]?.string,
        Digest.isValid(digest)
      else {
        find("files has no size and sha256 of \(name)")
        continue
      }
      files[ExactName(name)] = File(sizeInBytes: size, digest: digest)
    }
  }

  /// Images that hooks describe may lack any of the facts; ours, `full`, may not.
  private mutating func readImage(_ kind: String, _ facts: JSONValue) {
    guard let file = facts["file"]?.string, let listed = files[ExactName(file)] else {
      return find("images.\(kind).file is not one of files")
    }
    func differs<Value: Equatable>(_ found: Value?, _ expected: Value, _ key: String) -> Bool {
      found.map { $0 != expected } ?? (kind == "full" || facts[key].map { $0 != .null } == true)
    }
    if differs(facts["compressed_size"]?.count, listed.sizeInBytes, "compressed_size") {
      find("images.\(kind).compressed_size is not the size of \(file)")
    }
    if differs(facts["sha256"]?.string, listed.digest, "sha256") {
      find("images.\(kind).sha256 is not the sha256 of \(file)")
    }
    let raw = Self.rawImage(facts)
    if raw == nil && (kind == "full" || facts["extracted_sha256"] != nil) {
      find(
        "images.\(kind) needs extracted_size (up to \(formattedSize(Self.largestRawImageInBytes))), "
          + "extracted_sha256 and compression_type")
    }
    let companions = ["checksum", "signature", "extracted_signature"]
      .compactMap { facts[$0]?.string }
    images.append(
      Image(kind: kind, file: ExactName(file), companions: companions, raw: raw))
  }

  /// Unpacking more takes longer than anybody waits.
  private static let largestRawImageInBytes: UInt64 = 1 << 40

  private static func rawImage(_ facts: JSONValue) -> RawImage? {
    guard let size = facts["extracted_size"]?.count, size <= largestRawImageInBytes,
      let digest = facts["extracted_sha256"]?.string, Digest.isValid(digest),
      let compression = facts["compression_type"]?.string.flatMap(Compression.init(rawValue:))
    else { return nil }
    return RawImage(compression: compression, sizeInBytes: size, digest: digest)
  }
}
