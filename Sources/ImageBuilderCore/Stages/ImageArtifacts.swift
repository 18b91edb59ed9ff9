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
    async let rawArtifact = Artifact(rawImage)
    async let compressedArtifact = compress(rawImage, compression, target)
    let (raw, compressed) = (try await rawArtifact, try await compressedArtifact)
    context.say("\(compressed.name): \(formattedSize(compressed.sizeInBytes))")

    try compressed.writeChecksum()
    try FileAccess.write("\(raw.digest)\n", to: paths.output("img.sha256"))
    try FileAccess.write("\(raw.sizeInBytes)\n", to: FilePath("\(target).size"))
    let isSigned = try await sign(raw, compressed)
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

  private func compress(
    _ rawImage: FilePath, _ compression: Compression, _ target: FilePath
  ) async throws -> Artifact {
    try await compression.compress(rawImage, to: target)
    return try Artifact(target)
  }

  private func sign(_ raw: Artifact, _ compressed: Artifact) async throws -> Bool {
    try await SigningKey.with(context.configuration, paths) { key in
      try key?.sign(raw.path, to: paths.output("img.asc"))
      try key?.sign(compressed.path, to: FilePath("\(compressed.path).asc"))
      return key != nil
    }
  }
}
