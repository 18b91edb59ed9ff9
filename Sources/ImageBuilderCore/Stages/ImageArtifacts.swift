import Bindings
import SystemPackage

/// Turns a raw image into the files that are published, each complete before it has its name.
struct ImageArtifacts {
  private let context: StageContext
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  /// Compresses, hashes and signs the raw image, and writes its part of the manifest.
  ///
  /// - Throws: whatever fails; there is no image without its checksum and signature.
  func make(from rawImage: FilePath) async throws {
    let compression: Compression = try context.configuration.choice("image", "compression")
    let target = paths.output("img.\(compression.rawValue)")
    let (raw, compressed, isSigned) = try await SigningKey.with(context.configuration, paths) {
      key in
      let (raw, compressed) = try await context.times.measure(
        "compression, checksums", writing: [Compression.partial(target), target]
      ) {
        try await compression.compress(rawImage, to: target)
      }
      context.say("\(compressed.name): \(formattedSize(compressed.sizeInBytes))")
      try await context.times.measure("signatures") {
        try await key?.sign(raw, to: paths.output("img.asc"))
        try await key?.sign(compressed, to: FilePath("\(target).asc"))
      }
      return (raw, compressed, key != nil)
    }
    try KeptImage.keep(raw, paths)
    try compressed.writeChecksum()
    try FileAccess.write("\(raw.digest)\n", to: paths.output("img.sha256"))
    try FileAccess.write("\(raw.sizeInBytes)\n", to: FilePath("\(target).size"))
    try ManifestFragments.write(
      [
        "images": [
          "full": [
            "file": .string(compressed.name),
            "extracted_size": .count(raw.sizeInBytes),
            "compressed_size": .count(compressed.sizeInBytes),
            "compression_type": .string(compression.rawValue),
            "checksum": .string("\(compressed.name).sha256"),
            "signature": isSigned ? .string("\(compressed.name).asc") : .null,
            "sha256": .string(compressed.digest),
            "extracted_sha256": .string(raw.digest),
            "extracted_signature": isSigned
              ? .string(paths.output("img.asc").lastComponent!.string) : .null,
          ]
        ]
      ], named: "images", paths)
  }
}
