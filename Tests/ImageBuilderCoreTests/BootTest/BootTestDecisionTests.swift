import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The decisions whether an image is booted and whether it may be published.
@Suite struct BootTestDecisionTests {
  @Test(arguments: [
    (Bool?.none, true, false, BootTestSkip?.none),
    (nil, true, true, .dryRun),
    (nil, false, false, .disabled),
    (nil, false, true, .disabled),
    (true, true, true, nil),
    (true, false, false, nil),
    (false, true, false, .flag),
    (false, false, true, .flag),
  ])
  func theCommandLineComesFirst(
    flag: Bool?, isEnabled: Bool, isDryRun: Bool, expected: BootTestSkip?
  ) {
    #expect(
      BootTestSettings.skip(flag: flag, isEnabled: isEnabled, isDryRun: isDryRun) == expected)
  }

  private func settings(_ text: String, arch: String = "amd64") throws -> BootTestSettings {
    let site = try Site(["config/product/test.ini": "[boot_test]\n\(text)\n"])
    let configuration = try Configuration.load(
      Variant(product: "test", arch: arch), from: site.sources,
      settings: BuildSettings(buildVersion: "1"))
    try configuration.validate()
    return try BootTestSettings(configuration, flag: nil)
  }

  @Test func settingsAreRead() throws {
    let settings = try settings(
      "enable = yes\nfirmware = bios\ntimeout = 2m\nmemory = 1G\nsuccess_pattern = login: $$")
    #expect(settings.skip == nil && settings.isRequired)
    #expect(settings.firmware == [.bios])
    #expect(settings.timeout == .seconds(120))
    #expect(settings.memoryInBytes == 1 << 30)
    #expect(settings.successPattern == "login: $")
  }

  @Test func nothingIsBootedUnlessItIsAskedFor() throws {
    let settings = try settings("")
    #expect(settings.skip == .disabled && !settings.isRequired)
    #expect(settings.firmware == [.uefi, .bios] && settings.successPattern == nil)
    #expect(settings.timeout == .seconds(600) && settings.memoryInBytes == 2 << 30)
  }

  @Test(arguments: [
    ("firmware = uefi floppy", "amd64"), ("firmware =", "amd64"), ("firmware = bios", "arm64"),
    ("timeout = 5", "amd64"), ("timeout =", "amd64"), ("memory = much", "amd64"),
    ("memory =", "amd64"), ("enable = perhaps", "amd64"), ("success_pattern = (", "amd64"),
  ])
  func wrongValuesAreErrorsOfTheConfiguration(text: String, arch: String) {
    let option = text.split(separator: " ")[0]
    #expect {
      try settings(text, arch: arch)
    } throws: { error in
      error is ConfigurationError && "\(error)".contains("boot_test:\(option)")
    }
  }

  private func machine(
    _ firmware: Firmware, _ result: BootRecord.Machine.Result = .passed
  ) -> BootRecord.Machine {
    BootRecord.Machine(
      firmware: firmware, result: result, reason: result == .failed ? "it hung" : nil,
      evidence: .report, seconds: 61.5, acceleration: .tcg)
  }

  @Test func onlyARecordedBootOfThisImageLetsItOut() {
    let both = BootRecord(image: "a", machines: [machine(.uefi), machine(.bios)])
    #expect(both.gap(image: "a", firmware: [.uefi, .bios]) == nil)
    #expect(both.gap(image: "b", firmware: [.uefi]) == .otherImage)
    let one = BootRecord(image: "a", machines: [machine(.bios)])
    #expect(one.gap(image: "a", firmware: [.uefi, .bios]) == .notBooted([.uefi]))
    let failed = BootRecord(image: "a", machines: [machine(.uefi), machine(.bios, .failed)])
    #expect(failed.gap(image: "a", firmware: [.uefi]) == .failed(boot: "bios", reason: "it hung"))
    #expect(BootRecord(image: "a").gap(image: "a", firmware: [.uefi]) == .notBooted([.uefi]))
    func skipped(_ skip: BootTestSkip) -> BootRecord { BootRecord(image: "a", skipped: skip) }
    #expect(skipped(.flag).gap(image: "a", firmware: [.uefi]) == nil)
    #expect(skipped(.flag).gap(image: "b", firmware: [.uefi]) == .otherImage)
    #expect(skipped(.dryRun).gap(image: "a", firmware: [.uefi]) == .skipped(.dryRun))
    let disabled = BootRecord(image: nil, skipped: .disabled)
    #expect(disabled.gap(image: "a", firmware: [.uefi]) == .skipped(.disabled))
  }

  @Test func aRecordIsReadBackFromCheckJSON() throws {
    let fixture = try Fixture()
    let record = BootRecord(image: "a", machines: [machine(.uefi), machine(.bios, .failed)])
    let result: JSONValue = ["checked": .array([]), "boot": try record.json]
    let path = try fixture.write("check.json", try result.text())
    #expect(BootRecord(in: path) == record)
    for text in ["", "{}", "[]", #"{"boot": null}"#, #"{"boot": {"machines": 1}}"#] {
      #expect(BootRecord(in: try fixture.write("check.json", text)) == nil)
    }
    #expect(BootRecord(in: fixture.path("nosuch.json")) == nil)
  }

  @Test func runRecordsAreNotAmongTheCoveredFiles() throws {
    let fixture = try Fixture()
    for name in [
      "v.img.zst", "v.check.json", "v.console-uefi.txt", "v.screen-uefi.png", "v.console-bios.txt",
      "v.screen-bios.png", "v.ostree.txt",
    ] {
      try fixture.write("out/\(name)", "x")
    }
    let listing = OutputListing(fixture.path("out"), version: "v")
    #expect(listing.covered == ["v.img.zst", "v.ostree.txt"])
  }
}
