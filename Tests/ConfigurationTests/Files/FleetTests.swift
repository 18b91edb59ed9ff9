import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct FleetTests {
  /// Loads a variant and returns the error.
  private func error(_ site: Site, _ change: (inout ConfigurationSources) -> Void = { _ in }) throws
    -> String
  {
    var sources = site.sources
    change(&sources)
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationLoader(sources) }
    #expect(error?.exitStatus == .dataError)
    return (error?.description ?? "").replacing("\(site.fixture.directory)/", with: "")
  }

  @Test func aFleetIsReadOnlyWhenItIsNamed() throws {
    let files = [
      "config/fleet/nightly.ini": "[own]\na = 1\n", "config/fleet/x.ini": "[own]\nb = 1\n",
    ]
    let site = try Site(files, fleet: "nightly")
    let configuration = try site.load()
    #expect(configuration.has("own", "a") && !configuration.has("own", "b"))
    #expect(try configuration.value("build", "fleet") == "nightly")
    let without = try Site(files).load()
    #expect(!without.has("own", "a"))
    #expect(try without.value("build", "fleet") == "")
    #expect(try without.environment().contains { $0 == ("EIB_FLEET", "") })
  }

  @Test func theHostsFilesOverrideThoseOfTheFleet() throws {
    let files = [
      "config/fleet/nightly.ini": "[own]\na = fleet\nb = fleet\nc = fleet\n",
      "config/product-branch-arch-platform-personality/eos-eos5.1-amd64-amd64-en.ini":
        "[own]\na = variant\n",
      "etc/config.ini": "[own]\nb = host\n", "config/local.ini": "[own]\nc = local\n",
    ]
    let configuration = try Site(files, fleet: "nightly").load()
    #expect(
      try ["a", "b", "c"].map { try configuration.value("own", $0) } == ["fleet", "host", "local"])
  }

  @Test func aFleetWithoutAFileIsRefused() throws {
    let files = [
      "config/fleet/nightly.ini": "", "local/config/fleet/weekly.ini": "",
      "config/fleet/other.ini.example": "",
    ]
    let message = try error(Site(files, fleet: "nightlly"))
    #expect(
      message
        == "unknown fleet 'nightlly'; did you mean nightly?; known are nightly, weekly; a new one needs "
        + "config/fleet/nightlly.ini or local/config/fleet/nightlly.ini")
    #expect(try error(Site(files, fleet: "other")).hasPrefix("unknown fleet 'other'; known are"))
    #expect(
      try error(Site([:], fleet: "a"))
        == "unknown fleet 'a'; there is none; a new one needs config/fleet/a.ini")
    #expect(
      try error(Site(files, fleet: "../x")).hasPrefix("fleet '../x' cannot be part of a file"))
    let weekly = try Site(files, fleet: "weekly")
    #expect(try weekly.load().warnings.isEmpty)
  }

  /// The outputs of a fleet's build are those of an ordinary build with the same settings.
  @Test func theNameOfTheFleetIsNotPublished() throws {
    let site = try Site(["config/fleet/nightly.ini": ""], fleet: "nightly")
    let saved = try site.fixture.write(
      "saved.ini", try site.load().rendered(.public, resolved: false))
    #expect(try site.fixture.text("saved.ini").contains("fleet = nightly\n"))
    let published = try Configuration.published(from: saved)
    #expect(!published.contains("nightly"))
    #expect(Options.effect(of: Options.build.fleet.name) == .onRun)
    for section in ["variants", "fleet", "release"] as [ExactName] {
      #expect(Options.firstStage(ofSection: section) == nil)
    }
  }

  @Test func aBranchCalledFleetHasNothingToDoWithFleets() throws {
    let files = ["config/branch/fleet.ini": "[image]\nhooks_add = 10-a\n"]
    let site = try Site(files)
    let configuration = try site.load(branch: "fleet")
    #expect(try configuration.words("image", "hooks") == ["10-a"])
    #expect(
      configuration.mergedWords.values.joined().map(\.option.text).contains(
        "hooks_add_branch_fleet"))
    #expect(site.sources.fleets == [])
    let variants = try VariantList(ConfigurationLoader(site.sources)).variants()
    #expect(variants.map(\.branch) == ["fleet"])
  }

  /// The settings of an EIB checkout, which has no fleets and one local directory.
  @Test func withoutFleetsOnlyTwoVariablesAreNew() throws {
    let site = try Site(["local/config/defaults.ini": "[own]\na = 1\n"])
    let before = Set(try site.load().environment().map(\.name))
    #expect(before.contains("EIB_LOCALDIR") && before.contains("EIB_LOCALDATADIR"))
    #expect(
      before.filter { $0.hasPrefix("EIB_FLEET") && !$0.hasPrefix("EIB_FLEET_") } == ["EIB_FLEET"])
    #expect(
      try site.load().value("build", "localdirs") == site.fixture.path("local").string)
    #expect(try site.load().layers.map(\.layer.path.lastComponent) == ["defaults.ini"])
  }

  @Test func strayFilesOfFleetsAreNamed() throws {
    let site = try Site([
      "config/fleet/nightly.ini": "", "config/fleet/weekly.ini.example": "",
      "config/fleet/a b.ini": "", "config/fleet/monthly.cfg": "", "config/fleets/x.ini": "",
      "config/product/eos.ini": "", "config/branch/eos5.1.ini": "", "config/personality/en.ini": "",
      "config/product-branch-arch/eos-eos5.1-amd46.ini": "",
      "config/product-branch-arch/eos-eos5.1-amd64.ini": "",
      "config/product-branch-arch-platform-personality/eos-eos5.1-amd64-amd64-fr.ini": "",
      "config/product-branch-arch-platform-personality/eos-eos5.1-amd64-amd64-en.ini": "",
      "config/schema.ini": "[schema]\nunknown = error\n",
    ])
    let found = StrayFiles(site.sources, isOpen: false).findings.map {
      "\($0)".replacing("\(site.fixture.directory)/config/", with: "")
    }
    #expect(found.count == 5, "\(found)")
    for text in [
      "fleet/a b.ini is never read; a fleet is NAME.ini", "fleet/monthly.cfg is never read",
      "fleets is never read; folders are named after an attribute",
      "product-branch-arch/eos-eos5.1-amd46.ini is never read; its name is that of a known product "
        + "and a branch and a arch; did you mean eos-eos5.1-amd64.ini?",
      "product-branch-arch-platform-personality/eos-eos5.1-amd64-amd64-fr.ini is never read",
    ] {
      #expect(found.contains { $0.hasPrefix(text) }, "\(text): \(found)")
    }
    #expect(found.contains { $0.hasPrefix("fleets") && $0.hasSuffix("did you mean fleet?") })
    let open = StrayFiles(site.sources, isOpen: true).findings.map(\.description)
    #expect(!open.contains { $0.contains("amd64-fr.ini") && !$0.contains("did you mean") })
  }

  /// All combinations of many values cannot be compared.
  @Test func strayFilesAreFoundAmongManyValues() throws {
    var files = ["config/branch/master.ini": "", "config/branch/eos6.0.ini": ""]
    for number in 0..<60 {
      files["config/product/product\(number).ini"] = ""
      files["config/personality/language\(number).ini"] = ""
      files["config/platform/board\(number).ini"] = ""
    }
    let folder = "config/product-branch-arch-platform-personality"
    files["\(folder)/product7-master-arm64-board9-language59.ini"] = ""
    files["\(folder)/product7-master-arm64-baord9-language59.ini"] = ""
    files["\(folder)/README.ini"] = ""
    let site = try Site(files)
    let found = StrayFiles(site.sources, isOpen: false).findings.map(\.description)
    try #require(found.count == 2, "\(found)")
    #expect(found[0].contains("README.ini is never read") && !found[0].contains("did you mean"))
    #expect(found[1].hasSuffix("did you mean product7-master-arm64-board9-language59.ini?"))
  }

  @Test func variablesAreReadAfterLocalAndBeforePrivateFiles() throws {
    let files = [
      "config/local.ini": "[own]\na = local\nb = local\n",
      "vars.ini": "[own]\na = vars\nc = vars\n",
      "config/private.ini": "[own]\nc = private\n",
    ]
    let site = try Site(files)
    let configuration = try site.load()
    #expect(
      try ["a", "b", "c"].map { try configuration.value("own", $0) } == [
        "vars", "local", "private",
      ])
    #expect(configuration.origin(of: "own", "a") == .file(site.fixture.path("vars.ini"), line: 2))
    #expect(try configuration.rendered(.public, resolved: false).contains("a = vars"))
  }

  @Test func variablesMustBeAFileThatIsNotPrivate() throws {
    let site = try Site(["config/private.ini": "[own]\na = secret\n"])
    #expect(
      try error(site) { $0.variablesFile = site.fixture.path("none.ini") }
        == "none.ini: no such file; --vars requires an existing file of settings")
    #expect(
      try error(site) { $0.variablesFile = site.fixture.path("config/private.ini") }.hasPrefix(
        "config/private.ini is a private file"))
    var sources = site.sources
    sources.variablesFile = site.fixture.path("config")
    let loader = try ConfigurationLoader(sources)
    let error = #expect(throws: ConfigurationError.self) {
      try loader.load(Variant(arch: "amd64"), settings: BuildSettings())
    }
    #expect(error == .unreadable(site.fixture.path("config"), .isDirectory))
  }

  @Test func aMistakeInVariablesHasItsLine() throws {
    let site = try Site([
      "config/schema.ini": "[schema]\nunknown = error\n", "config/product/eos.ini": "",
      "config/branch/eos5.1.ini": "", "config/personality/en.ini": "",
      "vars.ini": "[image]\ncompresion = xz\n",
    ])
    #expect(
      try site.load().validationMessage
        == "\(site.fixture.path("vars.ini")):2: unknown option image:compresion; "
        + "did you mean compression?")
  }

  @Test func filesOfLocalDirectoriesAreSoughtInTheLastFirst() throws {
    let site = try Site([
      "hooks/image/10-a": "", "local/hooks/image/10-a": "", "local2/hooks/image/10-a": "",
      "local/hooks/image/20-b": "", "hooks/image/20-b": "", "hooks/image/30-c": "",
      "local/data/keys/a.asc": "", "local2/data/keys/b.asc": "",
      "config/local.ini": "[image]\nhooks_add = 10-a 20-b 30-c\n",
    ])
    let configuration = try site.load()
    let paths = try BuildPaths(configuration)
    let (local, local2) = (site.fixture.path("local"), site.fixture.path("local2"))
    #expect(paths.localDirectories == [local2, local])
    let hooks = try HookFiles(section: "image", paths).hooks(of: configuration).found.map(\.path)
    #expect(
      hooks
        == ["local2/hooks/image/10-a", "local/hooks/image/20-b", "hooks/image/30-c"].map(
          site.fixture.path))
    #expect(
      paths.pythonPath == "\(local2)/lib:\(local)/lib:\(site.fixture.directory)/lib")
    #expect(
      paths.keyFiles
        == [local2, local].flatMap { directory in
          ["a", "b"].map { directory.appending("data/keys/\($0).asc") }.filter(Directories.exists)
        })
    #expect(try configuration.value("build", "localdir") == local2.string)
    #expect(try configuration.value("build", "localdirs") == "\(local2):\(local)")
    #expect(try configuration.value("build", "localdatadir") == "\(local2)/data")
    let find = "EIB_LOCALDIRS='\(local2):\(local)' EIB_SRCDIR='\(site.fixture.directory)'"
    for (hook, path) in zip(["10-a", "20-b", "30-c"], hooks) {
      let outcome = try Shell.run(
        "\(find) bash -c '. \(Checkout.directory)/lib/eib.sh; eib_find_hook image \(hook)'")
      #expect(outcome.lines == [path.string])
    }
  }

  @Test func aLocalDirectoryThatNoSearchPathCanHoldIsRefused() throws {
    let site = try Site([:])
    let message = try error(site) { $0.localDirectories = ["/srv/a:b", "/srv/c"] }
    #expect(message.hasPrefix("build:localdir is /srv/a:b, which contains a colon"))
  }

  @Test func eachMissingLocalDirectoryIsAWarning() throws {
    let site = try Site([:])
    var sources = site.sources
    sources.localDirectories = ["/nowhere", "/elsewhere"]
    let configuration = try Configuration.load(
      Variant(arch: "amd64"), from: sources, settings: BuildSettings())
    #expect(
      configuration.warnings
        == [.missingLocalDirectory("/nowhere"), .missingLocalDirectory("/elsewhere")])
  }
}
