import Configuration
import FoundationEssentials
import Glibc
import SystemPackage

/// The sizes of the newest image of a variant. They are stored in a file beside TMPDIR for the
/// estimate of the next build.
struct ImageSizes: Codable, Equatable {
  /// The content of the sysroot.
  let tree: ContentSize
  /// The raw images of all disks without their holes.
  let imageInBytes: UInt64
  let outputsInBytes: UInt64
  /// The files that the formats shared while they were made.
  let temporaryInBytes: UInt64
  /// The settings on which these sizes depend.
  let settings: [String]

  /// Reads the sizes of the last build. Returns nil if there are none.
  init?(of paths: BuildPaths) {
    guard let bytes = try? FileAccess.bytes(of: paths.imageSizes),
      let sizes = try? JSONDecoder().decode(Self.self, from: Data(bytes)),
      [
        sizes.tree.sizeInBytes, sizes.tree.files, sizes.imageInBytes, sizes.outputsInBytes,
        sizes.temporaryInBytes,
      ]
      .allSatisfy({ $0 <= ContentSize.greatest })
    else { return nil }
    self = sizes
  }

  /// The settings of a configuration on which the sizes depend most.
  ///
  /// - Throws: `ConfigurationError`.
  static func settings(of configuration: Configuration) throws -> [String] {
    let options = Options.image
    return [
      "\(try configuration.value(options.compression))",
      "\(try configuration.value(options.extraSpace))",
      "\(try configuration.value(Options.live.compressionLevel))",
    ] + (try ImageFormats.selected(by: configuration).map { type(of: $0).name })
  }

  private init(
    tree: ContentSize, imageInBytes: UInt64, outputsInBytes: UInt64, temporaryInBytes: UInt64,
    settings: [String]
  ) {
    self.tree = tree
    self.imageInBytes = imageInBytes
    self.outputsInBytes = outputsInBytes
    self.temporaryInBytes = temporaryInBytes
    self.settings = settings
  }

  /// The sizes for a content of another size, with a sixteenth more for what differs from build to
  /// build. They are never smaller than those of the last build.
  func expected(forContentOf contentInBytes: UInt64) -> ImageSizes {
    let growth = max(1, Double(contentInBytes) / Double(max(tree.sizeInBytes, 1)))
    func expected(_ sizeInBytes: UInt64) -> UInt64 {
      UInt64(min(Double(sizeInBytes) * growth * 17 / 16, Double(ContentSize.greatest)))
    }
    return ImageSizes(
      tree: tree, imageInBytes: expected(imageInBytes), outputsInBytes: expected(outputsInBytes),
      temporaryInBytes: expected(temporaryInBytes), settings: settings)
  }

  /// Measures raw images and the outputs that were made from them, and stores the sizes.
  ///
  /// - Parameter temporary: the directory with the files that the formats share; nil if there is none.
  /// - Throws: `LinuxError`, `EncodingError`, `ConfigurationError`.
  static func measure(
    _ tree: FilesystemContent, _ images: [FilePath], temporary: FilePath?, _ paths: BuildPaths,
    _ configuration: Configuration
  ) throws {
    let outputs = OutputListing(paths).names
      .map { paths.outputDirectory.pushing(FilePath($0)) }
    let sizes = ImageSizes(
      tree: ContentSize(sizeInBytes: tree.sizeInBytes, files: tree.inodes),
      imageInBytes: FileGrowth.allocatedBytes(images),
      outputsInBytes: FileGrowth.allocatedBytes(outputs),
      temporaryInBytes: try temporary.map { try ReleasedSpace(removing: $0).sizeInBytes } ?? 0,
      settings: try Self.settings(of: configuration))
    try FileAccess.write(
      String(decoding: JSONEncoder().encode(sizes), as: UTF8.self), to: paths.imageSizes,
      waitsForDisk: false)
  }
}
