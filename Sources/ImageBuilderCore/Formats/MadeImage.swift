import Configuration
import SystemPackage

/// The files of a format, which have partial names in OUTDIR and no sidecar files yet.
struct MadeImage: Sendable {
  /// What the file that the manifest names contains.
  enum Content: Sendable {
    /// The raw image. Zeros follow if the size is greater than that of the raw image.
    case rawImage(sizeInBytes: UInt64)
    /// No disk.
    case files
  }

  struct File: Sendable {
    /// The name that the file gets when it is complete.
    let path: FilePath
    /// The digest and size, if they are known.
    var facts: FileFacts?
  }

  /// The key in `images` of the manifest.
  let key: String
  /// The first is the `file` in the manifest.
  let files: [File]
  /// `compression_type` in the manifest.
  let compressionType: String
  let content: Content

  /// The number of the disk that the file contains. The package with both is described by the first.
  var disk: Int { OutputManifest.isOfSecondDisk(key) ? 1 : 0 }

  /// Gives the files their names, and writes their checksums and signatures.
  ///
  /// - Parameter raw: the raw image of the disk.
  /// - Returns: the description for the manifest.
  /// - Throws: `LinuxError`, `Errno`; what `signer` throws.
  func finish(
    _ raw: Artifact, _ signer: (any Signer)?
  ) async throws -> OutputManifest.Image {
    var artifacts: [Artifact] = []
    for file in files {
      let partial = FormatContext.partial(file.path)
      let facts = try file.facts ?? FileFacts(of: partial)
      try FileAccess.rename(partial, to: file.path)
      let artifact = Artifact(file.path, facts)
      try artifact.writeChecksum()
      try await signer?.sign(artifact, to: FilePath("\(file.path).asc"))
      artifacts.append(artifact)
    }
    return description(of: artifacts, raw, isSigned: signer != nil)
  }

  private func description(
    of artifacts: [Artifact], _ raw: Artifact, isSigned: Bool
  ) -> OutputManifest.Image {
    let main = artifacts[0]
    var image = OutputManifest.Image(file: main.name)
    image.files = artifacts.count > 1 ? artifacts.map(\.name) : nil
    image.compressedSize = main.sizeInBytes
    image.compression = compressionType
    image.checksum = "\(main.name).sha256"
    image.signature = isSigned ? "\(main.name).asc" : nil
    image.digest = main.digest
    switch content {
    case .rawImage(let size):
      image.extractedSize = size
      image.rawSize = size == raw.sizeInBytes ? nil : raw.sizeInBytes
      image.extractedDigest = raw.digest
      image.extractedSignature = isSigned ? "\(raw.name).asc" : nil
    case .files: break
    }
    return image
  }
}
