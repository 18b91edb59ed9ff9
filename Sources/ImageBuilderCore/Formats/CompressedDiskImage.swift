import Configuration
import SystemPackage

/// The compressed raw disk image: `OUTVERSION.img.zst`, `.gz` or `.xz`.
struct CompressedDiskImage: ImageFormat {
  static let name = "full"
  static let isCompressedRawImage = true

  private let compression: Compression

  init?(_ configuration: Configuration) throws {
    compression = try configuration.value(Options.image.compression)
  }

  var tools: [RequiredTool] { [compression.tool].compactMap { $0 } }

  func make(
    from rawImage: FilePath, _ signer: (any Signer)?, _ context: StageContext
  ) async throws -> (raw: Artifact, image: OutputManifest.Image) {
    let paths = context.paths
    let target = paths.output("img.\(compression.rawValue)")
    let rawSignature = paths.output("img.asc")
    let (raw, compressed) = try await context.times.measure(
      "compression, checksums", writing: [Compression.partial(target), target]
    ) {
      try await compression.compress(rawImage, to: target)
    }
    context.say("\(compressed.name): \(formattedSize(compressed.sizeInBytes))")
    try await context.times.measure("signatures") {
      try await signer?.sign(raw, to: rawSignature)
      try await signer?.sign(compressed, to: FilePath("\(target).asc"))
    }
    try compressed.writeChecksum()
    try FileAccess.write(
      ChecksumLine.text(raw.digest, raw.name), to: paths.output("img.sha256"))
    try FileAccess.write("\(raw.sizeInBytes)\n", to: FilePath("\(target).size"))
    var image = OutputManifest.Image(file: compressed.name)
    image.extractedSize = raw.sizeInBytes
    image.compressedSize = compressed.sizeInBytes
    image.compression = compression.rawValue
    image.checksum = "\(compressed.name).sha256"
    image.signature = signer.map { _ in "\(compressed.name).asc" }
    image.digest = compressed.digest
    image.extractedDigest = raw.digest
    image.extractedSignature = signer.map { _ in rawSignature.lastComponent!.string }
    return (raw, image)
  }
}
