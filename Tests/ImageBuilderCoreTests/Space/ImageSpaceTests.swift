import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// How much space the look before a build and the image stage ask for.
@Suite struct ImageSpaceTests {
  private static let allFormats = """
    [image]
    qcow2 = true
    vm_image = true
    vhd = true
    gce = true
    iso = true
    netboot = true
    boot_zip = true

    """
  private static let mebibyte: UInt64 = 1 << 20

  private let formats: FormatFixture

  init() throws {
    formats = try FormatFixture()
  }

  /// Writes the sizes of a build with a sysroot of 100 MiB, a raw image of 40 MiB, outputs of 20 MiB
  /// and a SquashFS of 10 MiB.
  private func measure(_ configuration: Configuration, _ paths: BuildPaths) throws {
    let live = paths.temporaryDirectory.appending("live")
    try Shell.run(
      """
      mkdir -p '\(live)' '\(paths.outputDirectory)'
      fallocate -l 40M '\(paths.rawImage)'; fallocate -l 20M '\(paths.output("qcow2"))'
      fallocate -l 10M '\(live)/squash'
      """)
    try ImageSizes.measure(
      FilesystemContent(blocks: 25600, inodes: 1000), [paths.rawImage], temporary: live, paths,
      configuration)
  }

  /// What the look before the build says of the image stage, without the deployment.
  private func look(_ configuration: Configuration, _ paths: BuildPaths) throws -> [SpaceNeed] {
    let needs = try SpaceEstimate(
      configuration: configuration, paths: paths, stages: [.image],
      emptiesTemporaryDirectory: false, say: { _ in }
    ).needs()
    return try #require(needs).filter { $0.what != "deployment" }
  }

  /// What the image stage says.
  private func stage(
    _ configuration: Configuration, _ paths: BuildPaths, contentInMebibytes: UInt64
  ) throws -> [SpaceNeed] {
    try ImageSpace(
      configuration, contentInBytes: contentInMebibytes * Self.mebibyte, ImageSizes(of: paths)
    ).needs(in: paths.temporaryDirectory)
  }

  @Test func theImageStageAsksForNoMoreThanTheLook() throws {
    let configuration = try formats.configuration(Self.allFormats)
    let paths = try BuildPaths(configuration)
    try measure(configuration, paths)
    let needs = try look(configuration, paths)
    #expect(try needs == stage(configuration, paths, contentInMebibytes: 100))
    #expect(try needs == stage(configuration, paths, contentInMebibytes: 50))
    #expect(needs.map(\.what) == ["outputs", "raw image", "temporary files"])
    // A sixteenth more than the last build took. The check stage unpacks the qcow2 image.
    let allocated = [20, 40, 40].map { UInt64($0) * Self.mebibyte * 17 / 16 }
    for (need, size) in zip(needs, allocated) {
      #expect((size..<size + Self.mebibyte).contains(need.sizeInBytes), "\(need)")
    }
    // With other settings, both estimate.
    let other = try formats.configuration(Self.allFormats + "[live]\ncompression_level = 3\n")
    let estimates = try look(other, paths)
    #expect(try estimates == stage(other, paths, contentInMebibytes: 100))
    #expect(estimates[0].sizeInBytes > 4 * needs[0].sizeInBytes)
  }

  @Test func sizesGrowWithTheContent() throws {
    let configuration = try formats.configuration(Self.allFormats)
    let paths = try BuildPaths(configuration)
    try measure(configuration, paths)
    let needs = try look(configuration, paths)
    for (need, twice) in zip(needs, try stage(configuration, paths, contentInMebibytes: 200)) {
      #expect(twice.sizeInBytes / 2 == need.sizeInBytes)
    }
    _ = try stage(configuration, paths, contentInMebibytes: 1 << 40)
    try FileAccess.write("{}", to: paths.imageSizes)
    #expect(ImageSizes(of: paths) == nil)
    _ = try stage(configuration, paths, contentInMebibytes: 1 << 40)
  }

  /// Live media share a SquashFS, and boot.zip does not contain the data.
  @Test func aFormatNeedsNoMoreThanItsFiles() throws {
    func outputs(_ ini: String) throws -> UInt64 {
      let space = try ImageFormats.space(
        for: try formats.configuration("[image]\n\(ini)\n"), dataSizeInBytes: 1 << 30)
      return space.outputsInBytes - (1 << 30)
    }
    #expect(try outputs("") == 0)
    #expect(try outputs("boot_zip = true") == 32 << 20)
    #expect(try outputs("vhd = true") == 1 << 30)
    let live = try ImageFormats.space(
      for: try formats.configuration("[image]\niso = true\nnetboot = true\n"),
      dataSizeInBytes: 1 << 30)
    #expect(live.outputsInBytes == (3 << 30) + (256 << 20))
    #expect(live.temporaryInBytes == (1 << 30) + (128 << 20) && live.unpackedInBytes == 0)
  }
}
