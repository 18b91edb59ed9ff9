import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite struct ClosedWorldTests {
  private static let closed = "[schema]\nunknown = error\n"
  private static let attributes = [
    "config/product/eos.ini": "", "config/branch/eos5.1.ini": "", "config/personality/en.ini": "",
  ]

  /// Returns the errors about a configuration with a closed schema, without the path of the
  /// fixture.
  private func problems(_ files: [String: String]) throws -> [String] {
    let site = try Site(
      Self.attributes.merging(["config/schema.ini": Self.closed]) { $1 }.merging(files) { $1 })
    do {
      try site.load().validate()
      return []
    } catch {
      return Finding.all(error).map {
        $0.text.replacingOccurrences(of: "\(site.fixture.directory)/", with: "")
      }
    }
  }

  @Test func unknownSectionsAndOptionsAreNamedWithTheNearest() throws {
    #expect(
      try problems([
        "config/local.ini":
          "[imgae]\nhooks =\n[image]\ncompresion = xz\nurl = x\n[DEFAULT]\nzzz = 1\n"
      ]) == [
        "config/local.ini:7: unknown option DEFAULT:zzz",
        "config/local.ini:1: unknown section [imgae]; did you mean [image]?",
        "config/local.ini:4: unknown option image:compresion; did you mean compression?",
        "config/local.ini:5: unknown option image:url; did you mean ostree:url?",
      ])
  }

  @Test func anOverriddenMisspellingIsAMisspelling() throws {
    let found = try problems([
      "config/product/eos.ini": "[image]\nhook_add = a\n",
      "config/local.ini": "[image]\nhooks_ad_x = a\nhooks_addon =\n",
    ])
    #expect(
      found[0] == "config/product/eos.ini:2: unknown option image:hook_add; did you mean hooks_add?"
    )
    #expect(found[1].hasPrefix("config/local.ini:2: unknown option image:hooks_ad_x"))
    #expect(found[2].hasPrefix("config/local.ini:3: unknown option image:hooks_addon"))
    #expect(found.count == 3)
  }

  @Test func deletionsOfWhatNothingAddsAreNamedWithTheirLine() throws {
    #expect(
      try problems([
        "config/defaults.ini": "[image]\nkernel_args_add = rw quiet\n",
        "config/local.ini": "[image]\nkernel_args_del =\n  # loud\n  quiet\n  queit\n",
      ]) == [
        "config/local.ini:5: image:kernel_args_del_local removes 'queit', which no _add option adds; "
          + "did you mean quiet?"
      ])
  }

  @Test func privateWordsAreNotQuoted() throws {
    let found = try problems(["config/private.ini": "[image]\nkernel_args_del = sentinel\n"])
    #expect(found.count == 1)
    #expect(
      found[0].contains("config/private.ini:2: image:kernel_args_del_private removes <private>"))
  }

  @Test func filesThatNothingReadsAreNamed() throws {
    let found = try problems([
      "config/defualts.ini": "", "config/persnality/en.ini": "", "config/arch/amd46.ini": "",
      "config/product-personality/eos-em.ini": "", "etc/confg.ini": "",
      "config/product-personality/eos-en.ini": "", "config/arch-platform/amd64-amd64.ini": "",
    ])
    #expect(found.count == 5)
    for (name, nearest) in [
      ("config/defualts.ini", "defaults.ini"), ("config/persnality", "personality"),
      ("config/arch/amd46.ini", "amd64.ini"),
      ("config/product-personality/eos-em.ini", "eos-en.ini"), ("etc/confg.ini", "config.ini"),
    ] {
      let finding = found.first { $0.hasPrefix("\(name) is never read") }
      #expect(finding?.contains("did you mean \(nearest)?") == true, "\(name): \(found)")
    }
  }

  @Test func schemaLinesThatCheckNothingAreErrors() throws {
    let found = try problems([
      "config/defaults.ini": "[s]\nx = 1\ny = 1\n",
      "config/schema.ini": Self.closed
        + "[s]\nx_requird = true\ny_type = boole\nz_required = false\n[t-*]\nany_required = true\n"
        + "[image]\ncompression_values = gz zts\n[u]\nv_required = false\n",
    ])
    for text in [
      "s:x_requird (config/schema.ini:4) in the schema has no effect: its name does not end in any of",
      "did you mean x_required?",
      "s:y_type (config/schema.ini:5) in the schema has no effect: 'boole' is not one of the types",
      "config/schema.ini:6: unknown option s:z; did you mean x or y?",
      "config/schema.ini:10: image:compression_values is 'zts'; accepted: zst, gz, xz; "
        + "did you mean zst?",
      "config/schema.ini:11: unknown section [u]",
    ] {
      #expect(found.contains { $0.contains(text) }, "\(text): \(found)")
    }
    // The only declaration of x is misspelled, so x is unknown.
    #expect(found.contains { $0.contains("config/defaults.ini:2: unknown option s:x") })
  }

  @Test func declaredNamesArePatternsAndParts() throws {
    #expect(
      try problems([
        "config/defaults.ini":
          "[flatpak-remote-a]\nurl = https://a/b\napps_add = org.x\ntitle = t\n[pool]\ndisks_add = a\n",
        "config/schema.ini": Self.closed
          + "[flatpak-remote-*]\ntitle_required = true\n[pool]\ndisks_merged = true\n",
      ]) == [])
  }

  @Test func defaultsOfASchemaAreOfEverySection() throws {
    #expect(
      try problems([
        "config/local.ini": "[DEFAULT]\nbase = 1\n[image]\nbase = 2\n",
        "config/schema.ini": Self.closed + "[DEFAULT]\nbase_type = integer\n",
      ]) == [])
  }

  @Test func theSchemasOwnOptionIsNeverMisspelt() throws {
    for text in ["[schema]\nunkown = error\n", "[shema]\nunknown = error\n"] {
      let site = try Site(["config/schema.ini": text])
      let error = #expect(throws: ConfigurationError.self) { try site.load() }
      #expect(error?.description.contains("did you mean") == true)
    }
  }

  @Test func theSchemasSectionBelongsInASchema() throws {
    for file in ["config/defaults.ini", "config/local.ini"] {
      let site = try Site([file: Self.closed])
      #expect(
        try site.load().warnings.map(\.description) == [
          "\(site.fixture.path(file)):1: unknown section [schema]; it belongs in schema.ini"
        ])
    }
  }

  @Test func anOpenConfigurationTakesDefaultsForADeclarationAndWarns() throws {
    let site = try Site([
      "config/defaults.ini": "[site]\nmotto = x\n",
      "config/local.ini": "[site]\nmotto = y\nmoto = z\n",
    ])
    let configuration = try site.load()
    #expect(throws: Never.self) { try configuration.validate() }
    #expect(
      configuration.warnings.map(\.description) == [
        "\(site.fixture.path("config/local.ini")):3: unknown option site:moto; did you mean motto?"
      ])
    try site.fixture.write("config/schema.ini", "[schema]\nunknown = allow\n")
    #expect(try site.load().warnings.isEmpty)
  }

  @Test func listsThatAPlainOptionReplacesAreToldInOneFile() throws {
    let site = try Site(["config/local.ini": "[image]\nhooks_add = a\nhooks =\n"])
    let warnings = try site.load().warnings.map(\.description)
    #expect(warnings.count == 1)
    #expect(warnings[0].contains("config/local.ini:2) is ignored: hooks in the same file"))
  }

  @Test(arguments: [
    ("duration", "90m", "90", "5 d"), ("url", "https://a/b", "https://", "file://host"),
    ("url", "file:///x", "/x", "http:// a"), ("integer", "-3", "3.0", "x"),
    ("regex:[a-z]+\\.service", "a.service", "a.services", "A.service"), ("bool", "Yes", "y", "2"),
  ])
  func typesOfValues(type: String, good: String, bad: String, worse: String) throws {
    let type = try ValueType(type)
    #expect(type.accepts(good, relativeTo: "/"))
    #expect(!type.accepts(bad, relativeTo: "/"))
    #expect(!type.accepts(worse, relativeTo: "/"))
  }

  @Test func badRegularExpressionsCheckNothing() {
    #expect(throws: RuleSuffix.InvalidRule.self) { try ValueType("regex:(") }
    #expect(throws: RuleSuffix.InvalidRule.self) { try ValueType("regex:") }
  }
}
