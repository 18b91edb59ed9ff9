import TestSupport
import Testing

@testable import Configuration

/// Content hooks for which no hook tells when their content changes.
@Suite struct ProbeWarningTests {
  private func messages(_ options: String) async throws -> [String] {
    let site = try Site([
      "config/product/eos.ini": options, "hooks/content/60-apps": "true\n",
      "hooks/inputs/60-apps": "echo apps 1\n", "lib/eib.sh": "", "buildscript": "",
      "etc/config.ini": "[ostree]\nurl = https://os.example.org/repo\n",
    ])
    let loader = try ConfigurationLoader(site.sources)
    return await ConfigurationCheck(
      [try Variant(product: "eos", branch: "eos5.1", arch: "amd64")], loader
    ).messages.filter { $0.contains("60-apps") }
  }

  @Test func aContentHookWithoutAProbeIsTold() async throws {
    let told = try await messages("[content]\nhooks = 60-apps\n")
    #expect(told.count == 1)
    #expect(
      told.first?.contains("no hook 60-apps in inputs:hooks tells when the content changes")
        == true,
      "\(told)")
    let both = "[content]\nhooks = 60-apps\n[inputs]\nhooks = 60-apps\n"
    #expect(try await messages(both) == [])
  }
}
