import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// What holds for every format.
@Suite struct FormatTests {
  private let formats: FormatFixture

  init() throws {
    formats = try FormatFixture()
  }

  /// The options that select each format.
  private static let options = [
    "ovfzip": "[image]\nvm_image = true\n", "gce": "[image]\ngce = true\n",
    "qcow2": "[image]\nqcow2 = true\n",
    "vhd": "[image]\nvhd = true\n",
    "iso": "[image]\niso = true\n", "netboot": "[image]\nnetboot = true\n",
  ]

  @Test(arguments: options.keys.sorted())
  func whatIsMadeTwiceIsEqualAndVerifies(name: String) async throws {
    let ini = try #require(Self.options[name])
    let made = try await formats.make(ini)
    let sums = "cd '\(made.directory)'; sha256sum *"
    let first = try Shell.run(sums).output
    #expect(first.contains("\(made.version).img.zst.sha256"))
    _ = try await formats.make(ini)
    #expect(try Shell.run(sums).output == first)
    try Shell.run(
      """
      cd '\(made.directory)'; cp '\(formats.raw)' '\(made.version).img'
      sha256sum --quiet -c *.sha256; rm '\(made.version).img'
      """)

    let image = try made.images["images"]?[name]?.decoded(as: OutputManifest.Image.self)
    let raw = try FileFacts(of: formats.raw)
    #expect(image?.extractedDigest == raw.digest)
    #expect((image?.rawSize ?? image?.extractedSize) == raw.sizeInBytes)
    let file = made.directory.appending(try #require(image?.file))
    let facts = try FileFacts(of: file)
    #expect(image?.digest == facts.digest)
    #expect(image?.compressedSize == facts.sizeInBytes)
    try expectSpaceSuffices(ini, made, name)
    let container = try #require(ImageFormats.container(named: name))
    #expect(try await formats.refusal(container, file, made.raw(name)) == nil)
  }

  /// The space that is asked for suffices, and is not much more than the data and a constant.
  private func expectSpaceSuffices(
    _ ini: String, _ made: FormatFixture.Made, _ name: String
  ) throws {
    let format = try #require(
      ImageFormats.selected(by: formats.configuration(ini)).first { type(of: $0).name == name })
    let data = FileGrowth.allocatedBytes([formats.raw])
    let files = Directories.names(in: made.directory).filter { !$0.contains(".img.zst") }
    let taken = FileGrowth.allocatedBytes(files.map(made.directory.appending))
    let asked = format.spaceInBytes(dataSizeInBytes: data)
    #expect(taken <= asked && asked <= data + data / 64 + (128 << 20), "\(taken), \(asked)")
  }

  @Test func aManifestWithEveryFormatIsRead() async throws {
    let made = try await formats.make(
      "[image]\n" + Self.options.values.joined().replacing("[image]\n", with: ""))
    let manifest = try made.manifest()
    #expect(manifest.findings.isEmpty, "\(manifest.findings)")
    #expect(
      Set(manifest.images.map(\.format))
        == Set(Self.options.keys).union([CompressedDiskImage.name]))
    let raw = try FileFacts(of: formats.raw)
    let other = try made.manifest {
      $0.replacing(raw.digest, with: String(repeating: "0", count: 64), maxReplacements: 1)
    }
    #expect(other.findings.contains { $0.problem.contains("another raw image") })
  }
}
