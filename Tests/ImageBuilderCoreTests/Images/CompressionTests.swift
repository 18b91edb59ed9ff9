import TestSupport
import Testing

@testable import ImageBuilderCore

@Suite struct CompressionTests {
  @Test(arguments: Compression.allCases)
  func whatIsCompressedCanBeExtracted(compression: Compression) async throws {
    let fixture = try Fixture()
    let original = try fixture.write("image", String(repeating: "an image\n", count: 9999))
    let compressed = fixture.path("image.compressed")
    try await compression.compress(original, to: compressed)
    try await compression.extract(compressed, to: fixture.path("again"))
    #expect(try fixture.text("again") == fixture.text("image"))

    try fixture.write("damaged", "no image at all")
    await #expect(throws: CommandFailure.self) {
      try await compression.extract(fixture.path("damaged"), to: fixture.path("never"))
    }
    #expect(!fixture.exists("never"))
  }
}
