import Configuration
import SystemPackage

/// The space that the disk image of a sysroot and its outputs take. The look before a build and the
/// image stage both count with it.
struct ImageSpace: Equatable {
  /// The number of files in OUTDIR, at most.
  private static let outputFiles: UInt64 = 64

  let rawImageInBytes: UInt64
  let outputsInBytes: UInt64
  /// Files that exist beside the others only while formats are made or verified.
  let temporaryInBytes: UInt64

  /// Takes the sizes of the last build, in proportion to the content, if they were made with the same
  /// settings. Otherwise estimates the most that is needed.
  ///
  /// - Parameters:
  ///   - contentInBytes: the size of the content of the sysroot, as `FilesystemContent` counts it.
  ///   - sizes: those of the last build; nil if there are none.
  /// - Throws: `ConfigurationError`.
  init(
    _ configuration: Configuration, contentInBytes: UInt64, _ sizes: ImageSizes?
  ) throws {
    if let sizes, try sizes.settings == ImageSizes.settings(of: configuration) {
      let sizes = sizes.expected(forContentOf: contentInBytes)
      let estimate = try ImageFormats.space(
        for: configuration, dataSizeInBytes: sizes.imageInBytes)
      rawImageInBytes = sizes.imageInBytes
      outputsInBytes = sizes.outputsInBytes
      temporaryInBytes = max(sizes.temporaryInBytes, estimate.unpackedInBytes)
      return
    }
    let extraSpaceInBytes = try configuration.value(Options.image.extraSpace)
    // Free space is a hole in the image, except for its inode tables.
    rawImageInBytes =
      contentInBytes + (8 << 20)
      + FilesystemLayout.inodeTableSizeInBytes(forBytes: contentInBytes + extraSpaceInBytes)
    let estimate = try ImageFormats.space(for: configuration, dataSizeInBytes: rawImageInBytes)
    outputsInBytes = estimate.outputsInBytes
    temporaryInBytes = max(estimate.temporaryInBytes, estimate.unpackedInBytes)
  }

  /// The raw image, which the check stage needs, too.
  func rawImage(in directory: FilePath) -> SpaceNeed {
    SpaceNeed(what: "raw image", directory: directory, sizeInBytes: rawImageInBytes)
  }

  /// A copy of the outputs.
  func outputs(_ what: String = "outputs", in directory: FilePath) -> SpaceNeed {
    SpaceNeed(
      what: what, directory: directory, sizeInBytes: outputsInBytes, files: Self.outputFiles)
  }

  /// What the image stage writes when the sysroot is complete.
  func needs(in directory: FilePath) -> [SpaceNeed] {
    var needs = [outputs(in: directory), rawImage(in: directory)]
    if temporaryInBytes > 0 {
      needs.append(
        SpaceNeed(
          what: "temporary files", directory: directory, sizeInBytes: temporaryInBytes, files: 16))
    }
    return needs
  }
}
