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

  private func names(_ more: [String: String] = [:]) throws -> [String] {
    let site = try Site(Self.files.merging(more) { $1 })
    return try VariantList(ConfigurationLoader(site.sources)).variants().map(\.name)
  }

  @Test func allThatTheFilesExpress() throws {
    let names = try names()
    #expect(names.count == 2 * (1 + 2) * 2)
    #expect(names.contains("kiosk master arm64 rpi4 pt_BR"))
    #expect(!names.contains { $0.contains("amd64 rpi4") || $0.contains("armhf") })
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
