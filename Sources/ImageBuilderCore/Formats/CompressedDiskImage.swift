import Bindings
import Configuration
import SystemPackage

/// The compressed raw image of a disk: `OUTVERSION.img.zst`, `.gz` or `.xz`, and with a second disk
/// `OUTVERSION.disk2.img.EXT`. It is always made, and the digest of the raw image is computed with it.
struct CompressedDiskImage {
  /// The key in `images` of the manifest.
  static let name = "full"

  /// A disk of the image and its digest, and what was made of it.
  typealias Made = (raw: Artifact, image: MadeImage)

  let compression: Compression
  var isSecondDisk = false

  private var step: String {
    "compression, checksums" + (isSecondDisk ? " (\(OutputManifest.secondDisk))" : "")
  }
  private var fileExtension: String { isSecondDisk ? "disk2.img" : "img" }

  /// Compresses the raw image, and writes the checksum and the signature of the raw image.
  ///
  /// - Parameter signer: nil if nothing is signed.
  /// - Throws: any error. There is no image without its checksum and signature.
  func make(
    from image: RawDiskImage, _ signer: (any Signer)?, _ context: StageContext
  ) async throws -> Made {
    let paths = context.paths
    let target = paths.output("\(fileExtension).\(compression.rawValue)")
    let partial = FormatContext.partial(target)
    let facts = try await context.times.measure(step, writing: [partial]) {
      try await compression.compress(FramedFile(image.path), to: partial)
    }
    let raw = Artifact(image.path, facts.source)
    try FileAccess.write(
      ChecksumLine.text(raw.digest, raw.name), to: paths.output("\(fileExtension).sha256"))
    try await signer?.sign(raw, to: paths.output("\(fileExtension).asc"))
    try FileAccess.write("\(raw.sizeInBytes)\n", to: FilePath("\(target).size"))
    if !isSecondDisk { try KeptImage.keep(raw, paths) }
    return (
      raw,
      MadeImage(
        key: isSecondDisk ? OutputManifest.secondDisk : Self.name,
        files: [.init(path: target, facts: facts.target)],
        compressionType: compression.rawValue,
        content: .rawImage(sizeInBytes: raw.sizeInBytes))
    )
  }
}
