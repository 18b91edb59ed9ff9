import TestSupport
import Testing

@testable import Configuration

@Suite struct LayersTests {
  /// All files of a variant, in the order in which they are read.
  private static let order = [
    "config/defaults.ini", "config/product/eos.ini", "config/branch/eos5.1.ini",
    "config/arch/amd64.ini", "config/platform/board.ini", "config/personality/en.ini",
    "config/personality/en_GB.ini", "config/product-branch/eos-eos5.1.ini",
    "config/product-arch/eos-amd64.ini", "config/product-platform/eos-board.ini",
    "config/product-personality/eos-en.ini", "config/product-personality/eos-en_GB.ini",
    "config/branch-arch/eos5.1-amd64.ini", "config/branch-platform/eos5.1-board.ini",
    "config/branch-personality/eos5.1-en_GB.ini", "config/arch-platform/amd64-board.ini",
    "config/arch-personality/amd64-en_GB.ini", "config/platform-personality/board-en_GB.ini",
    "config/product-branch-arch/eos-eos5.1-amd64.ini",
    "config/product-branch-platform/eos-eos5.1-board.ini",
    "config/product-branch-personality/eos-eos5.1-en.ini",
    "config/product-branch-personality/eos-eos5.1-en_GB.ini",
    "config/product-arch-platform/eos-amd64-board.ini",
    "config/product-arch-personality/eos-amd64-en_GB.ini",
    "config/product-platform-personality/eos-board-en_GB.ini",
    "config/branch-arch-platform/eos5.1-amd64-board.ini",
    "config/branch-arch-personality/eos5.1-amd64-en_GB.ini",
    "config/branch-platform-personality/eos5.1-board-en_GB.ini",
    "config/arch-platform-personality/amd64-board-en_GB.ini",
    "config/product-branch-arch-platform/eos-eos5.1-amd64-board.ini",
    "config/product-branch-arch-personality/eos-eos5.1-amd64-en_GB.ini",
    "config/product-branch-platform-personality/eos-eos5.1-board-en_GB.ini",
    "config/product-arch-platform-personality/eos-amd64-board-en_GB.ini",
    "config/branch-arch-platform-personality/eos5.1-amd64-board-en_GB.ini",
    "config/product-branch-arch-platform-personality/eos-eos5.1-amd64-board-en.ini",
    "config/product-branch-arch-platform-personality/eos-eos5.1-amd64-board-en_GB.ini",
    "config/fleet/nightly.ini", "etc/config.ini", "local/config/defaults.ini",
    "local/config/product/eos.ini", "local/config/product-personality/eos-en.ini",
    "local/config/fleet/nightly.ini", "local2/config/defaults.ini",
    "local2/config/product-branch-arch/eos-eos5.1-amd64.ini", "local2/config/fleet/nightly.ini",
    "config/local.ini", "vars.ini", "etc/private.ini", "local/config/private.ini",
    "local2/config/private.ini", "config/private.ini",
  ]

  @Test func attributesHaveFoldersForAllTheirCombinations() {
    #expect(
      AttributeDirectory.all.map(\.attributes.count) == [
        1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5,
      ])
    #expect(Set(AttributeDirectory.all.map(\.name)).count == 31)
  }

  @Test func laterFilesWin() throws {
    let files = Self.order.enumerated().map { index, path in
      (path, "[s]\nlast = \(index)\nonly\(index) = yes\n")
    }
    let site = try Site(Dictionary(uniqueKeysWithValues: files), fleet: "nightly")
    let configuration = try site.load(platform: "board", personality: "en_GB")
    #expect(configuration.layers.map(\.layer.path) == Self.order.map(site.fixture.path))
    #expect(try configuration.value("s", "last") == "\(Self.order.count - 1)")
    let origin = configuration.origin(of: "s", "only6")
    #expect(origin == .file(site.fixture.path(Self.order[6]), line: 3))
  }

  @Test func bareAdditionsGetTheirFilesSuffix() throws {
    let names = [
      "config/defaults.ini": "defaults", "config/product/eos.ini": "product_eos",
      "config/branch/eos5.1.ini": "branch_eos5.1",
      "config/personality/pt_BR.ini": "personality_pt_br",
      "config/product-personality/eos-pt.ini": "product_personality_eos_pt",
      "etc/config.ini": "system_config", "local/config/defaults.ini": "local_defaults",
      "local/config/product/eos.ini": "local_product_eos", "config/local.ini": "local",
      "config/product-branch-arch/eos-eos5.1-amd64.ini": "product_branch_arch_eos_eos5.1_amd64",
      "config/product-arch-personality/eos-amd64-pt_BR.ini":
        "product_arch_personality_eos_amd64_pt_br",
      "config/fleet/Nightly.ini": "fleet_nightly",
      "local/config/fleet/Nightly.ini": "local_fleet_nightly",
      "local2/config/product/eos.ini": "local2_product_eos",
      "local2/config/fleet/Nightly.ini": "local2_fleet_nightly", "vars.ini": "vars",
      "etc/private.ini": "system_private", "local/config/private.ini": "local_private",
      "local2/config/private.ini": "local2_private", "config/private.ini": "private",
    ]
    var files = names.mapValues { "[image]\nhooks_add = 10-\($0)\n" }
    files["config/local.ini", default: ""] +=
      "hooks_del_all = "
      + names.values.map { "${hooks_add_\($0)}" }.sorted().joined(separator: " ") + "\n"
    let configuration = try Site(files, fleet: "Nightly").load(personality: "pt_BR")
    #expect(try configuration.value("image", "hooks") == "")
  }

  @Test func noFileIsRequired() throws {
    let site = try Site([:])
    let configuration = try site.load()
    #expect(configuration.layers.isEmpty)
    #expect(configuration.warnings.isEmpty)
    try configuration.validate()
    #expect(
      try configuration.value("build", "tmpdir")
        == "/var/cache/x/build/eos-eos5.1-amd64-amd64-en")
    #expect(
      try configuration.value("build", "outversion")
        == "eos-eos5.1-amd64-amd64.261121-070000.en")
    #expect(try configuration.value("ostree", "ref_deploy") == "os/eos/amd64/eos5")
    #expect(try configuration.words("image", "kernel_args").first == "rw")
    #expect(try configuration.words("publish", "hooks").isEmpty)
  }

  @Test func missingLocalDirectoryHoldsNoSettings() throws {
    let site = try Site(["local/config/defaults.ini": "[a]\nb = ${build:localdatadir}\n"])
    #expect(try site.load().value("a", "b") == "\(site.fixture.path("local/data"))")
  }

  @Test func prefixesOfPersonalities() {
    #expect(
      ConfigurationLayer.prefixes(ofPersonality: "en_GB_orkney") == ["en", "en_GB", "en_GB_orkney"])
    #expect(ConfigurationLayer.prefixes(ofPersonality: "_x") == ["_x"])
  }
}
