import TestSupport
import Testing

@testable import Configuration

@Suite struct MergingTests {
  private func merged(_ text: String, _ more: [String: String] = [:]) throws -> Configuration {
    try Site(["config/defaults.ini": text].merging(more) { $1 }).load()
  }

  @Test func wordsAreCounted() throws {
    let configuration = try merged(
      """
      [image]
      hooks_add_1 = foo bar baz
      hooks_add_2 = baz
      hooks_del_1 = bar baz
      """)
    #expect(try configuration.value("image", "hooks") == "foo\nbaz")
  }

  @Test func wordsKeepTheOrderInWhichTheyAreFirstSeen() throws {
    let configuration = try merged(
      "[image]\nhooks_add = z a\n",
      ["config/product/eos.ini": "[image]\nhooks_add = m a\nhooks_del = z\n"])
    #expect(try configuration.value("image", "hooks") == "a\nm")
  }

  @Test func plainOptionOverridesThoughItIsEmpty() throws {
    let configuration = try merged("[image]\nhooks_add = a\nhooks =\n")
    #expect(try configuration.value("image", "hooks") == "")
    #expect(!configuration.has("image", "hooks_add_defaults"))
  }

  @Test func namesThatOnlyStartAlikeAreOptions() throws {
    let configuration = try merged("[image]\nhooks_delay = 5\nhooks_addon = x\n")
    #expect(try configuration.value("image", "hooks_delay") == "5")
    #expect(try configuration.value("image", "hooks_addon") == "x")
    #expect(try configuration.value("image", "hooks") == "")
  }

  @Test func bareAndQualifiedPartsOfOneFileBothCount() throws {
    let configuration = try merged("[image]\nhooks_add = a\nhooks_add_defaults = b\n")
    #expect(try configuration.value("image", "hooks") == "a\nb")
  }

  @Test func partsReferToOtherPartsAndMergedOptions() throws {
    let configuration = try merged(
      """
      [image]
      icon_grid_add = ${hooks} x
      hooks_add_1 = foo
      hooks_add_2 = bar baz
      hooks_del_1 = ${hooks_add_1} baz
      """)
    #expect(try configuration.value("image", "hooks") == "bar")
    #expect(try configuration.value("image", "icon_grid") == "bar\nx")
  }

  @Test func mergedTextIsExpandedOnce() throws {
    let configuration = try merged("[image]\nhooks_add = $$HOME ${word}\nword = $${x}\n")
    #expect(try configuration.words("image", "hooks") == ["$HOME", "${x}"])
  }

  @Test func inheritedOptionsAreSetInSectionsThatExist() throws {
    let configuration = try merged(
      "[flatpak-remote-eos]\nurl = x\n[kolibri-a]\n[tree]\nsuite = x\n")
    #expect(try configuration.value("flatpak-remote-eos", "apps") == "")
    #expect(try configuration.value("kolibri-a", "include_node_ids") == "")
    #expect(!configuration.has("kolibri", "install_channels"))
    #expect(!configuration.has("tree", "packages"))
  }

  @Test func defaultsOfASiteReplaceBuiltInOnes() throws {
    let configuration = try merged("[image]\nkernel_args_add = rw console=ttyS0\n")
    #expect(try configuration.words("image", "kernel_args") == ["rw", "console=ttyS0"])
  }

  @Test func schemasDeclareMoreMergedOptions() throws {
    let configuration = try merged(
      "[pool-a]\ndisks_add = sda\n",
      [
        "config/schema.ini": "[pool-*]\ndisks_merged = true\n",
        "config/local.ini": "[pool-a]\ndisks_add = sdb\ndisks_del = sda\n",
      ])
    #expect(try configuration.value("pool-a", "disks") == "sdb")
  }

  @Test func unknownReferenceInAPartNamesThePlace() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try merged("[image]\nword = x\nhooks_add = ${wurd}\n")
    }
    let text = error?.description ?? ""
    #expect(text.contains("defaults.ini:3: image:hooks_add_defaults refers to ${wurd}"))
    #expect(text.hasSuffix("did you mean ${word}?"))
  }
}
