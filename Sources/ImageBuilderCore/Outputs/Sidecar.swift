import Configuration

/// A file that accompanies another file and proves its content: `.asc`, `.gpg`, `.sha256` or
/// `.size`.
struct Sidecar: Sendable {
  enum Kind: String, CaseIterable {
    case signature = ".asc"
    case checksum = ".sha256"
    case size = ".size"
  }

  /// What the sidecar accompanies.
  enum Base: Equatable, Sendable {
    case file(String)
    /// The raw disk image in a compressed image. The raw image itself is not an output.
    case rawImage(of: ExactName)
  }

  let name: String
  let kind: Kind
  let base: Base

  /// The name of what it accompanies, without directories.
  var baseName: String {
    String((name.split(separator: "/").last ?? "").dropLast(kind.rawValue.count))
  }

  /// - Parameters:
  ///   - files: the names of the existing files.
  ///   - rawImages: the names of the compressed images, by the names of their raw images.
  /// - Returns: nil if `name` is not a sidecar of one of them.
  init?(_ name: ExactName, of files: Set<ExactName>, _ rawImages: [ExactName: ExactName]) {
    self.name = name.text
    if name.text == OutputListing.checksumListSignature {
      (kind, base) = (.signature, .file(OutputListing.checksumList))
      return
    }
    guard let kind = Kind.allCases.first(where: { name.text.hasSuffix($0.rawValue) }) else {
      return nil
    }
    self.kind = kind
    let baseName = ExactName(String(name.text.dropLast(kind.rawValue.count)))
    if let holder = rawImages[baseName], kind != .size {
      base = .rawImage(of: holder)
    } else if files.contains(baseName) && (kind != .size || rawImages.values.contains(baseName)) {
      base = .file(baseName.text)
    } else {
      return nil
    }
  }

  /// The name of the raw image in a compressed image such as `IMAGE.img.zst`.
  static func rawName(_ compressed: ExactName, _ compression: Compression) -> ExactName? {
    let suffix = ".\(compression.rawValue)"
    guard compressed.text.hasSuffix(suffix) else { return nil }
    return ExactName(String(compressed.text.dropLast(suffix.count)))
  }
}
