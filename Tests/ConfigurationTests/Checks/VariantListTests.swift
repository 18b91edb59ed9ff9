import TestSupport
import Testing

@testable import Configuration

@Suite struct VariantListTests {
  private static let files = [
    "config/product/eos.ini": "", "config/product/kiosk.ini": "", "config/branch/master.ini": "",
    "config/arch/amd64.ini": "", "config/arch/arm64.ini": "", "config/arch/armhf.ini": "",
    "config/platform/rpi4.ini": "", "config/arch-platform/arm64-rpi4.ini": "",
    "config/personality/base.ini": "", "config/personality/pt_BR.ini": "",
    "etc/config.ini": "[ostree]\nurl = https://os.example.org/repo\n",
  ]

  private func names(
    _ more: [String: String] = [:], fleet: String? = nil
  ) throws -> [String] {
    let site = try Site(Self.files.merging(more) { $1 }, fleet: fleet)
    return try VariantList(ConfigurationLoader(site.sources)).variants().map(\.name)
  }

  @Test func allThatTheFilesExpress() throws {
    let names = try names()
    #expect(names.count == 2 * (1 + 2) * 2)
    #expect(names.contains("kiosk master arm64 rpi4 pt_BR"))
    #expect(!names.contains { $0.contains("amd64 rpi4") || $0.contains("armhf") })
  }

  @Test func aBoardExistsForItsArchitecture() throws {
    let names = try names(["config/platform/rpi.ini": ""])
    #expect(names.contains("eos master arm64 rpi base"))
    #expect(!names.contains { $0.contains("amd64 rpi") })
  }

  @Test func aListChooses() throws {
    #expect(
      try names([
        "config/defaults.ini":
          "[variants]\nlist_add = eos/*/amd64/*/base\n  kiosk/master/*/rpi4/*\n"
      ]) == [
        "eos master amd64 amd64 base", "kiosk master arm64 rpi4 base",
        "kiosk master arm64 rpi4 pt_BR",
      ])
  }

  @Test func aWordThatNamesNoneIsRefused() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try names(["config/local.ini": "[variants]\nlist = eos/master/amd64/amd64/pt_BT\n  eos/x\n"])
    }
    let text = error?.description ?? ""
    #expect(text.contains("local.ini:2: variants:list is 'eos/master/amd64/amd64/pt_BT'"))
    #expect(text.contains("did you mean eos/master/amd64/amd64/pt_BR?"))
    #expect(text.contains("local.ini:3: variants:list is 'eos/x'"))
  }

  @Test func exceptionsAreLeftOut() throws {
    let defaults = "[variants]\nlist_add = eos/*/amd64/*/*\n  kiosk/*/arm64/rpi4/*\n"
    #expect(
      try names([
        "config/defaults.ini": defaults + "except_add = kiosk/*/*/*/pt_BR\n",
        "config/local.ini": "[variants]\nexcept_add = eos/master/amd64/amd64/base\n",
      ]) == ["eos master amd64 amd64 pt_BR", "kiosk master arm64 rpi4 base"])
    #expect(
      try names([
        "config/defaults.ini": defaults + "except_add = kiosk/*/*/*/*\n",
        "config/local.ini": "[variants]\nexcept_del = kiosk/*/*/*/*\n",
      ]).count == 4)
    #expect(try names(["config/local.ini": "[variants]\nexcept = */*/arm64/*/*\n"]).count == 4)
  }

  @Test func exceptionsThatMatchNothingOrLeaveNothingAreRefused() throws {
    func message(_ text: String) throws -> String {
      try #require(
        #expect(throws: ConfigurationError.self) {
          try names(["config/local.ini": "[variants]\n\(text)\n"])
        }
      ).description
    }
    let misspelt = try message("except = eos/*/*/*/base\n  eos/master/amd64/amd64/pt_BT")
    #expect(misspelt.contains("local.ini:3: variants:except is 'eos/master/amd64/amd64/pt_BT'"))
    #expect(misspelt.hasSuffix("did you mean eos/master/amd64/amd64/pt_BR?"))
    // Patterns are for whole values.
    #expect(try message("except = eos/*/*/*/pt").contains("variants:except is 'eos/*/*/*/pt'"))
    let nothing = try message("list = eos/*/amd64/*/*\nexcept = eos/*/*/*/*")
    #expect(nothing.contains("local.ini:3: variants:except leaves none of the 2 variants"))
  }

  @Test func aFleetHasItsOwnVariants() throws {
    let files = [
      "config/defaults.ini": "[variants]\nlist_add = eos/*/amd64/*/base\n",
      "config/fleet/nightly.ini":
        "[variants]\nlist = kiosk/*/*/*/*\nexcept = kiosk/*/arm64/*/*\n[fleet]\njobs = 3\n",
      "config/fleet/weekly.ini": "[variants]\nlist_add = kiosk/*/amd64/*/base\n",
      "config/product/kiosk.ini": "[variants]\nlist = eos/*/*/*/*\n[fleet]\njobs = 9\n",
    ]
    #expect(try names(files) == ["eos master amd64 amd64 base"])
    #expect(
      try names(files, fleet: "nightly")
        == ["kiosk master amd64 amd64 base", "kiosk master amd64 amd64 pt_BR"])
    #expect(
      try names(files, fleet: "weekly")
        == ["eos master amd64 amd64 base", "kiosk master amd64 amd64 base"])
    let site = try Site(Self.files.merging(files) { $1 }, fleet: "nightly")
    let list = VariantList(try ConfigurationLoader(site.sources))
    #expect(try list.fleetConfiguration().value(Options.fleet.jobs) == 3)
    #expect(try list.variants().map(\.path).first == "kiosk/master/amd64/amd64/base")
  }

  @Test func checksOfAllVariantsTellEachFindingOnce() async throws {
    var files = Self.files
    files["config/product/kiosk.ini"] = "[image]\ncompression = zts\n"
    files["config/arch/armhf.ini"] = nil
    let site = try Site(files)
    let loader = try ConfigurationLoader(site.sources)
    let check = await ConfigurationCheck(try VariantList(loader).variants(), loader)
    #expect(!check.isPassed)
    #expect(check.checks.count == 12)
    #expect(check.text.split(separator: "\n").count { $0.hasSuffix(": ok") } == 6)
    #expect(check.messages.count == 1)
    #expect(check.messages[0].hasSuffix("(in kiosk master amd64 amd64 base and 5 more)"))
    let json = try JSONValue(parsing: check.json())
    guard case .object(let object) = json, case .array(let variants)? = object["variants"] else {
      Issue.record("no array of variants in \(json)")
      return
    }
    #expect(variants.count == 12)
  }
}
