import Configuration
import FoundationEssentials
import Glibc
import SystemPackage

/// The sizes of the newest image of a variant. They are stored in a file beside TMPDIR for the
/// estimate of the next build.
struct ImageSizes: Codable {
  /// The content of the sysroot.
  let tree: ContentSize
  /// The raw image without its holes.
  let imageInBytes: UInt64
  let outputsInBytes: UInt64

  /// Reads the sizes of the last build. Returns nil if there are none.
  init?(of paths: BuildPaths) {
    guard let bytes = try? FileAccess.bytes(of: paths.imageSizes),
      let sizes = try? JSONDecoder().decode(Self.self, from: Data(bytes)),
      [sizes.tree.sizeInBytes, sizes.tree.files, sizes.imageInBytes, sizes.outputsInBytes]
        .allSatisfy({ $0 <= ContentSize.greatest })
    else { return nil }
    self = sizes
  }

  private init(tree: ContentSize, imageInBytes: UInt64, outputsInBytes: UInt64) {
    self.tree = tree
    self.imageInBytes = imageInBytes
    self.outputsInBytes = outputsInBytes
  }

  /// Measures a raw image and the outputs that were made from it, and stores the sizes.
  ///
  /// - Throws: `LinuxError`, `EncodingError`.
  static func measure(_ tree: FilesystemContent, _ image: FilePath, _ paths: BuildPaths) throws {
    let outputs = OutputListing(paths).names
      .map { paths.outputDirectory.pushing(FilePath($0)) }
    let sizes = ImageSizes(
      tree: ContentSize(sizeInBytes: tree.sizeInBytes, files: tree.inodes),
      imageInBytes: FileGrowth.allocatedBytes([image]),
      outputsInBytes: FileGrowth.allocatedBytes(outputs))
    try FileAccess.write(
      String(decoding: JSONEncoder().encode(sizes), as: UTF8.self), to: paths.imageSizes,
      waitsForDisk: false)
  }
}
