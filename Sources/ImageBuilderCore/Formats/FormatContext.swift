import Configuration
import SystemPackage

/// What formats are made from.
struct FormatContext: Sendable {
  /// The raw image, which no format changes.
  let image: RawDiskImage
  /// The raw image of the disk for `/var`; nil if the image has one disk.
  let secondDisk: RawDiskImage?
  let stage: StageContext
  /// The identifiers that belong to this image.
  let identifiers: DerivedIdentifiers
  /// The time of everything that is made, in seconds since 1970.
  let timestamp: UInt64
  /// The number of programs or threads that do work at the same time.
  let processors: Int
  /// What signs the outputs; nil if nothing is signed.
  let signer: (any Signer)?
  /// What live media are made from; nil if no live medium is made.
  let live: LiveMedia?
  /// The content of boot.zip; nil if it is not selected.
  let bootFiles: BootFiles?
  /// The making of the compressed images, one for each disk.
  let compression: Task<[CompressedDiskImage.Made], any Error>

  /// The raw image with its digest. Waits until the compressed image has been made; the files
  /// `OUTVERSION.img.sha256` and, with a key, `OUTVERSION.img.asc` exist then.
  ///
  /// - Throws: what the compressed image throws.
  func rawImage() async throws -> Artifact { try await compression.value[0].raw }

  /// The name of a file in OUTDIR until it is complete.
  static func partial(_ path: FilePath) -> FilePath { FilePath("\(path).partial") }

  /// The partial name of the output with an extension.
  func partial(_ fileExtension: String) -> FilePath {
    Self.partial(stage.paths.output(fileExtension))
  }
}
