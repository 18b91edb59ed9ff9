import Testing

@testable import Configuration

@Suite struct VariantSelectionTests {
  private static let paths = [
    "eos/master/amd64/amd64/en", "eos/master/amd64/amd64/en_GB", "eos/master/amd64/amd64/fr",
    "eos/eos6.0/amd64/amd64/en", "eos/eos6.0/arm64/rpi4/en", "kiosk/master/amd64/amd64/fr",
    "kiosk/master/i386/i386/en",
  ]

  private func select(only: [String] = [], skip: [String] = []) throws -> [String] {
    let variants = try Self.paths.map { path in
      let parts = path.split(separator: "/").map(String.init)
      return try Variant(
        product: parts[0], branch: parts[1], arch: parts[2], platform: parts[3],
        personality: parts[4])
    }
    return try VariantSelection(only: only, skip: skip).select(variants).map(\.path)
  }

  private func paths(_ indices: Int...) -> [String] { indices.map { Self.paths[$0] } }

  @Test func withoutWordsAllAreChosen() throws {
    #expect(try select() == Self.paths)
    #expect(try VariantSelection().select([]) == [])
  }

  @Test func valuesOfAnAttributeAreAlternativesAndAttributesMustAllMatch() throws {
    #expect(try select(only: ["fr"]) == paths(2, 5))
    #expect(try select(only: ["fr", "en_GB"]) == paths(1, 2, 5))
    #expect(try select(only: ["fr", "en_GB", "eos"]) == paths(1, 2))
    #expect(try select(only: ["kiosk", "eos", "master", "fr"]) == paths(2, 5))
  }

  @Test func aValueIsNotTheBeginningOfAnother() throws {
    #expect(try select(only: ["en", "eos"]) == paths(0, 3, 4))
    #expect(try select(skip: ["en"]) == paths(1, 2, 5))
    #expect(try select(only: ["en*", "eos"]) == paths(0, 1, 3, 4))
  }

  @Test func anArchitectureIsNotAPlatform() throws {
    // arm64 has boards only, amd64 has a platform of its name.
    #expect(try select(only: ["arm64", "amd64"]) == paths(0, 1, 2, 3, 4, 5))
    #expect(try select(only: ["arm64", "rpi4"]) == paths(4))
    #expect(try select(only: ["*64", "kiosk"]) == paths(5))
  }

  @Test func patternsNameWholeVariants() throws {
    #expect(try select(only: ["eos/*/amd64/*/en"]) == paths(0, 3))
    #expect(try select(only: ["eos/*/amd64/*/en", "kiosk/*/*/*/*"]) == paths(0, 3, 5, 6))
    #expect(try select(only: ["eos/*/*/*/*", "fr"]) == paths(2))
    #expect(try select(only: ["eos"], skip: ["*/master/*/*/*", "rpi4"]) == paths(3))
  }

  @Test func wordsThatMatchNothingAreNamedWithTheNearest() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try select(only: ["nocluod", "kisk"], skip: ["eos/master/amd64/amd64/em_GB", "eos/master"])
    }
    #expect(error?.exitStatus == .dataError)
    let messages = error?.single.map(\.description) ?? []
    #expect(messages.count == 4)
    #expect(messages[0].hasPrefix("--only 'nocluod' matches no variant; accepted: a value of an"))
    #expect(messages[1].hasSuffix("did you mean kiosk?"))
    #expect(messages[2].hasPrefix("--skip 'eos/master/amd64/amd64/em_GB' matches no variant"))
    #expect(messages[2].hasSuffix("did you mean eos/master/amd64/amd64/en_GB?"))
    #expect(messages[3].hasPrefix("--skip 'eos/master' matches no variant"))
    // Without variants, each word matches nothing.
    #expect(throws: ConfigurationError.self) { try VariantSelection(only: ["en"]).select([]) }
  }

  @Test func wordsThatLeaveNothingAreRefused() throws {
    for (only, skip) in [(["kiosk", "eos6.0"], []), (["fr"], ["eos", "kiosk"]), ([], ["*"])] {
      let error = #expect(throws: ConfigurationError.self) { try select(only: only, skip: skip) }
      #expect(error?.description.contains("leave no variant") == true)
    }
    let error = #expect(throws: ConfigurationError.self) { try select(only: ["fr"], skip: ["f*"]) }
    #expect(error?.description.hasPrefix("--only fr --skip 'f*' leave no variant") == true)
  }
}
