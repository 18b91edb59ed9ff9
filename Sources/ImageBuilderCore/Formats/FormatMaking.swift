import Bindings
import Configuration
import Synchronization
import SystemPackage

/// Makes the compressed image and all selected formats at the same time, and describes them in the
/// manifest.
struct FormatMaking: Sendable {
  /// The raw image. It is not changed.
  let image: RawDiskImage
  /// The raw image of the disk for `/var`; nil if the image has one disk.
  var secondDisk: RawDiskImage?
  let context: StageContext
  let identifiers: DerivedIdentifiers
  /// The time of everything that is made, in seconds since 1970.
  let timestamp: UInt64
  /// What live media are made from; nil if no live medium is selected.
  var live: LiveMedia?
  /// The content of boot.zip; nil if it is not selected.
  var bootFiles: BootFiles?

  /// - Throws: `ConfigurationError`; as `CompressedDiskImage.make`, `ImageFormat.make` and
  ///   `MadeImage.finish`.
  func run() async throws {
    for line in try ImageFormats.skipped(by: context.configuration) { context.say(line) }
    let formats = try ImageFormats.selected(by: context.configuration)
    var compressed = CompressedDiskImage(
      compression: try context.configuration.value(Options.image.compression))
    var steps = [(compressed, image)]
    if let secondDisk {
      compressed.isSecondDisk = true
      steps.append((compressed, secondDisk))
    }
    try await Signing.with(context.configuration, context.paths) { [steps] signer in
      let compression = Task {
        var made: [CompressedDiskImage.Made] = []
        for (compressed, disk) in steps {
          made.append(try await compressed.make(from: disk, signer, context))
        }
        return made
      }
      do {
        let made = try await withTaskCancellationHandler {
          try await make(formats, beside: compression, signer)
        } onCancel: {
          compression.cancel()
        }
        try await finish(made.images, made.disks, signer)
      } catch {
        compression.cancel()
        _ = await compression.result
        throw error
      }
    }
  }

  private func make(
    _ formats: [any ImageFormat],
    beside compression: Task<[CompressedDiskImage.Made], any Error>,
    _ signer: (any Signer)?
  ) async throws -> (disks: [Artifact], images: [MadeImage]) {
    let processors = Processors.count
    let formatContext = FormatContext(
      image: image, secondDisk: secondDisk, stage: context, identifiers: identifiers,
      timestamp: timestamp,
      processors: processors, signer: signer, live: live, bootFiles: bootFiles,
      compression: compression)
    let made = Mutex<[MadeImage]>([])
    try await forEachConcurrently(formats, atMost: processors) { format in
      let name = type(of: format).name
      let images = try await context.times.measure("\(name) image") {
        try await format.make(formatContext)
      }
      made.withLock { $0 += images }
    }
    let compressed = try await compression.value
    return (
      compressed.map(\.raw),
      made.withLock { compressed.map(\.image) + $0.sorted { $0.key < $1.key } }
    )
  }

  private func finish(
    _ images: [MadeImage], _ disks: [Artifact], _ signer: (any Signer)?
  ) async throws {
    var descriptions: [String: JSONValue] = [:]
    try await context.times.measure("signatures") {
      for image in images {
        let description = try await image.finish(disks[image.disk], signer)
        for file in image.files {
          let size = try FileAccess.sizeInBytes(of: file.path)
          context.say("\(file.path.lastComponent!.string): \(formattedSize(size))")
        }
        descriptions[image.key] = try description.json
      }
    }
    try ManifestFragments.write(
      ["images": .object(descriptions)], named: "images", context.paths)
  }
}
