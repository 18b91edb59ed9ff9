import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite struct SchemaTests {
  private func problems(_ files: [String: String]) throws -> String {
    try Site(files).load().validationMessage
  }

  @Test func requiredOptionsAndAcceptedValues() throws {
    let text = try problems([
      "config/schema.ini": "[image]\ncompression_values = gz\n  xz zst\n[s]\nx_required = true\n",
      "config/defaults.ini": "[image]\ncompression = zts\n",
    ])
    #expect(text.contains("defaults.ini:2: image:compression is 'zts'; accepted: gz, xz, zst"))
    #expect(text.contains("did you mean zst?"))
    #expect(text.contains("s:x is not set; the schema requires it ("))
    #expect(text.contains("schema.ini:5"))
  }

  @Test func anEmptiedOptionIsToldWithTheLineThatEmptiesIt() throws {
    let text = try problems([
      "config/schema.ini": "[s]\nx_required = nonempty\n", "config/defaults.ini": "[s]\nx = 1\n",
      "config/local.ini": "[s]\n\nx =\n",
    ])
    #expect(text.contains("config/local.ini:3: s:x is empty; the schema requires it ("))
    #expect(text.contains("config/schema.ini:2)"))
  }

  /// EIB requires that an option is set, even if it is empty, and compares an empty value, too.
  @Test func emptyValuesAreTreatedAsByEIB() throws {
    let text = try problems([
      "config/schema.ini": "[s]\nx_required = true\nx_type = paths\ny_values = a b\nz_values = a\n",
      "config/defaults.ini": "[s]\nx =\ny =\n",
    ])
    #expect(text.contains("config/defaults.ini:3: s:y is ''; accepted: a, b"))
    #expect(!text.contains("s:x") && !text.contains("s:z"))
  }

  @Test func anUnknownTypeIsAnErrorInEveryConfiguration() throws {
    for policy in ["warn", "allow"] {
      let text = try problems([
        "config/schema.ini": "[schema]\nunknown = \(policy)\n[s]\nx_type = pth\n"
      ])
      #expect(text.contains("schema.ini:4) in the schema has no effect: 'pth' is not one of"))
      #expect(text.contains("did you mean path?"))
    }
  }

  @Test func relativePathsBeginAtTheCallersDirectory() throws {
    let files = ["config/schema.ini": "[s]\nx_type = path\n"]
    let here = FileManager.default.currentDirectoryPath
    let name = try #require(FileManager.default.contentsOfDirectory(atPath: here).first)
    #expect(try problems(files.merging(["config/local.ini": "[s]\nx = \(name)\n"]) { $1 }) == "")
    let text = try problems(
      files.merging(["config/local.ini": "[s]\nx = only-there\n", "only-there": ""]) { $1 })
    #expect(text.contains("there is no \(here)/only-there"))
  }

  @Test func aMissingLocalDirectoryIsAWarning() throws {
    var sources = try Site(["config/defaults.ini": ""]).sources
    sources.localDirectories = ["/nowhere"]
    let configuration = try Configuration.load(Variant(), from: sources, settings: BuildSettings())
    #expect(configuration.warnings == [.missingLocalDirectory("/nowhere")])
    try configuration.validate()
  }

  @Test func pathsThatLeadNowhereAreNamed() throws {
    let text = try problems([
      "config/schema.ini": "[s]\nx_type = paths\ny_type = path\nz_type = path\nz_secret = true\n",
      "config/local.ini": "[s]\nx = /etc /nowhere/a /usr\ny = nowhere\nz = /nowhere/z\n",
    ])
    #expect(text.contains("separated by spaces; there is no /nowhere/a\n"), "\(text)")
    #expect(text.contains("an existing path; there is no /"))
    #expect(text.contains("/nowhere\n"))
    #expect(text.contains("s:z is <private>; accepted: an existing path"))
    #expect(!text.contains("nowhere/z"))
  }

  @Test func placesThatHooksCanWriteToExistOnTheHost() throws {
    func told(_ value: String) throws -> String {
      try problems(["config/local.ini": "[buildroot]\nmounts_add = \(value)\n"])
    }
    #expect(try told("/etc /dev/null") == "")
    for value in ["/nowhere/a", "config", "/", "/usr/.."] {
      let text = try told(value)
      #expect(text.contains("config/local.ini:2: buildroot:mounts is '\(value)'"), "\(text)")
      #expect(text.contains("absolute paths that exist, except /"))
      #expect(text.contains("there is no /nowhere/a") == (value == "/nowhere/a"))
    }
  }

  @Test func wordsThatAreNotKnownAreToldWithTheNearest() throws {
    let text = try problems(["config/local.ini": "[image]\nfirmware = uefi boos\n"])
    #expect(
      text.contains(
        "image:firmware is 'uefi boos'; accepted: uefi, bios, separated by spaces; "
          + "did you mean bios?"))
  }

  @Test func inheritedSchemaLoads() throws {
    let configuration = try Site([
      "config/schema.ini": """
      [image]
      compression_required = true
      compression_values = gz
                           xz
      icon_grid_type = paths
      settings = paths
      """,
      "config/defaults.ini": "[image]\ncompression = xz\n",
    ]).load()
    try configuration.validate()
    #expect(configuration.warnings.count == 1, "\(configuration.warnings)")
    #expect(configuration.warnings[0].description.contains("image:settings ("))
    #expect(configuration.warnings[0].description.contains("has no effect"))
  }

  @Test func patternsReachSectionsThatMatch() throws {
    let text = try problems([
      "config/schema.ini": "[remote-*]\nurl_required = true\nsize_type = size\n",
      "config/defaults.ini": "[remote-a]\nurl = x\nsize = big\n[remote-b]\n",
    ])
    #expect(text.contains("remote-b:url is not set"))
    #expect(text.contains("remote-a:size is 'big'"))
    #expect(!text.contains("remote-a:url"))
  }

  @Test func unknownAttributesAreErrorsInAClosedConfiguration() throws {
    let files = [
      "config/product/eos.ini": "", "config/product/eoscustom.ini": "",
      "config/personality/en.ini": "", "config/branch/eos5.1.ini": "",
    ]
    let site = try Site(files)
    let open = try site.load(product: "eso")
    #expect(open.warnings.count == 1)
    #expect(open.warnings[0].description.contains("unknown product 'eso'; did you mean eos?"))
    let closed = try Site(
      files.merging(["config/schema.ini": "[schema]\nunknown = error\n"]) { $1 })
    let error = #expect(throws: ConfigurationError.self) {
      try closed.load(product: "eso").validate()
    }
    #expect(error?.description.contains("known are eos, eoscustom") == true)
    #expect(throws: Never.self) { try closed.load().validate() }
  }

  @Test func collisionsAreErrorsInAClosedConfiguration() throws {
    let text = try problems([
      "config/schema.ini": "[schema]\nunknown = error\n",
      "config/defaults.ini": "[a-b]\nc = 1\n[a_b]\nc = 2\n",
    ])
    #expect(text.contains("EIB_A_B_C"))
  }

  @Test(arguments: [
    ("arm64", "rpi_payg", "build:platform is rpi_payg, a board whose boot code"),
    ("amd64", "rpi", "build:platform is rpi, a board of the architecture arm64, but build:arch is"),
    ("arm64", "rpi", nil), ("arm64", "pinebookpro", nil), ("arm64", "arm64", nil),
  ])
  func aBoardThatWouldNotBootIsRefused(arch: String, platform: String, problem: String?) throws {
    let site = try Site(["config/defaults.ini": ""])
    let configuration = try Configuration.load(
      Variant(product: "eos", arch: arch, platform: platform), from: site.sources,
      settings: BuildSettings())
    let message = configuration.validationMessage
    #expect(message.contains(problem ?? "build:platform") == (problem != nil), "\(message)")
  }
}
