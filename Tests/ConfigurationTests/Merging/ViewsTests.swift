import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct ViewsTests {
  @Test func savedConfigurationReadsBackTheSame() throws {
    let site = try Site([
      "config/defaults.ini": """
      [DEFAULT]
      shared = ${own}
      own = none
      [s]
      own = first

        third
      empty =
      dollar = $$HOME
      colon = a = b : c
      [image]
      hooks_add = $$x a b
      [T-\u{E9}]
      own = x
      """
    ])
    let configuration = try site.load()
    let text = try configuration.rendered(.complete, resolved: false)
    let path = try site.fixture.write("saved.ini", text)
    let saved = try Configuration.load(saved: path)
    #expect(try saved.environment().map(\.name) == configuration.environment().map(\.name))
    #expect(try saved.environment().map(\.value) == configuration.environment().map(\.value))
    #expect(try saved.value("s", "shared") == "first\n\nthird")
    #expect(try saved.rendered(.complete, resolved: false) == text)
  }

  @Test func variablesAreNamedAndNormalised() throws {
    let configuration = try Site([
      "config/defaults.ini": "[build]\nopt = val\n[sect-1]\nopt-a = TRUE\nb = False\nc = Yes\n"
    ]).load()
    let variables = try configuration.environment()
    func value(_ name: String) -> String? { variables.first { $0.name == name }?.value }
    #expect(value("EIB_OPT") == "val")
    #expect(value("EIB_SECT_1_OPT_A") == "true")
    #expect(value("EIB_SECT_1_B") == "false")
    #expect(value("EIB_SECT_1_C") == "Yes")
    #expect(value("EIB_PRODUCT") == "eos")
  }

  @Test func collidingVariablesWarnAndTheLastCounts() throws {
    let files = ["config/defaults.ini": "[a-b]\nc = 1\n[a_b]\nc = 2\n"]
    let configuration = try Site(files).load()
    let variables = try configuration.environment().filter { $0.name == "EIB_A_B_C" }
    #expect(variables.map(\.value) == ["2"])
    #expect(configuration.warnings.contains { $0.description.contains("EIB_A_B_C") })
  }

  @Test func whatNoVariableHoldsIsRefused() throws {
    let configuration = try Site(["config/defaults.ini": "[s]\na = x\nb = ${a}\u{0}\n"]).load()
    let refused = ConfigurationError.nulCharacter(
      section: "s", option: "b", at: try #require(configuration.origin(of: "s", "b")))
    #expect(throws: refused) { try configuration.validate() }
    #expect(throws: refused) { try configuration.environment() }
  }

  @Test func filesMayOverrideTheCommandLineWithAWarning() throws {
    let site = try Site(["config/defaults.ini": "[build]\nproduct = other\ntmpdir = /t\n"])
    let configuration = try site.load()
    #expect(try configuration.value("build", "product") == "other")
    #expect(try configuration.value(Options.build.temporaryDirectory) == "/t")
    let place = OptionPlace(
      section: "build", option: "product",
      origin: .file(site.fixture.path("config/defaults.ini"), line: 2))
    #expect(configuration.warnings == [.overridesCommandLine(place)])
  }

  @Test func dollarsInPathsAreNoReferences() throws {
    let site = try Site([:])
    var sources = site.sources
    sources.cacheDirectory = "/var/${x}"
    let configuration = try Configuration.load(
      Variant(arch: "amd64"), from: sources, settings: BuildSettings(buildVersion: "1"))
    #expect(try configuration.value("build", "contentdir") == "/var/${x}/content")
  }

  @Test(
    arguments: [
      ("image", "hooks", ["config/defaults.ini": "[image]\nhooks_add = x #b\n"]),
      ("image", "hooks", ["config/defaults.ini": "[image]\nhooks_add = x\nhooks_add_2 = ;c\n"]),
      (
        "a", "[x",
        ["config/schema.ini": "[a]\n[x_merged = true\n", "config/local.ini": "[a]\n[x_add=\n ]\n"]
      ),
    ])
  func whatWouldReadBackDifferentlyIsNotSaved(
    _ section: String, _ option: String, _ files: [String: String]
  ) throws {
    let configuration = try Site(files).load()
    let error = #expect(throws: ConfigurationError.self) {
      try configuration.rendered(.complete, resolved: false)
    }
    let text = error?.description ?? ""
    #expect(
      text.contains(": \(section):\(option) cannot be saved: it would be read back differently"))
  }

  @Test(arguments: ["/a\rb", "/a ", "/a\n#b"])
  func pathsThatWouldReadBackDifferentlyAreNotSaved(_ path: String) throws {
    var sources = try Site([:]).sources
    sources.cacheDirectory = FilePath(path)
    let configuration = try Configuration.load(
      Variant(arch: "amd64"), from: sources, settings: BuildSettings(buildVersion: "1"))
    #expect(
      throws: ConfigurationError.cannotBeSaved(section: "build", option: "cachedir", at: .program)
    ) {
      try configuration.rendered(.complete, resolved: false)
    }
  }
}
