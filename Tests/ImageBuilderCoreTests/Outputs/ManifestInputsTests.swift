import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The key `inputs` of a manifest is the digest of the listed file.
@Suite struct ManifestInputsTests {
  private static let digest = String(repeating: "a", count: 64)

  private func findings(_ object: [String: JSONValue], name: String = "v.manifest.json") throws
    -> [String]
  {
    let files: JSONValue = ["v.inputs.json": ["size": .integer(3), "sha256": .string(Self.digest)]]
    let manifest = object.merging(["files": files]) { one, _ in one }
    return ReadManifest(
      parsing: try JSONValue.object(manifest).text(), name: name, compressionTypes: [:]
    ).findings.map(\.description)
  }

  @Test func theDigestMustBeThatOfTheFile() throws {
    #expect(try findings([:]) == [])
    #expect(try findings(["inputs": .string(Self.digest)]) == [])
    for other in [.string("b"), .null, .integer(1)] as [JSONValue] {
      #expect(
        try findings(["inputs": other]) == [
          "v.manifest.json: inputs is not the sha256 of v.inputs.json"
        ])
    }
    #expect(
      try findings(["inputs": .string(Self.digest), "files": [:]]) == [
        "v.manifest.json: files has no v.inputs.json, whose sha256 is inputs"
      ])
  }
}
