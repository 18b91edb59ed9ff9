import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct DiskPlanTests {
  private func plan(arch: String, _ ini: String) throws -> DiskPlan {
    let fixture = try Fixture()
    try fixture.write("etc/config.ini", "[image]\n\(ini)\n")
    try Checkout.copyConfiguration(to: fixture.path("config"))
    let sources = ConfigurationSources(
      sourceDirectory: Checkout.directory, configDirectory: fixture.path("config"),
      systemDirectory: fixture.path("etc"),
      cacheDirectory: fixture.path("cache"))
    let variant = try Variant(
      product: "eos", branch: "master", arch: arch, personality: "base")
    return try DiskPlan(
      Configuration.load(variant, from: sources, settings: BuildSettings(buildVersion: "1")))
  }

  @Test func bothFirmwaresAreTheDefault() throws {
    let amd64 = try plan(arch: "amd64", "")
    #expect(amd64.bootsWithUEFI && amd64.bootsWithBIOS && amd64.table == .gpt)
    let arm64 = try plan(arch: "arm64", "partition_table = dos")
    #expect(arm64.bootsWithUEFI && !arm64.bootsWithBIOS && arm64.table == .dos)
  }

  @Test func anARMMachineHasNoBIOS() throws {
    let error = #expect(throws: DiskError.self) { try plan(arch: "arm64", "firmware = bios") }
    #expect(error?.exitStatus == .dataError)
    #expect(error?.description.contains("no arm64 machine has one") == true)
  }

  @Test func theOnlyFirmwareMustHaveItsBootCode() throws {
    var said: [String] = []
    try plan(arch: "amd64", "").reportMissingBootCode(for: .bios, because: "the tree has none") {
      said.append($0)
    }
    #expect(said == ["warning: the tree has none, so the image does not boot by BIOS"])
    let error = #expect(throws: DiskError.self) {
      try plan(arch: "amd64", "firmware = bios")
        .reportMissingBootCode(for: .bios, because: "the tree has none") { said.append($0) }
    }
    #expect(error?.description.contains("image:firmware is bios, but the tree has none") == true)
    #expect(said.count == 1)
  }

  @Test func anImageTooLargeSaysByHowMuch() {
    let error = DiskError.imageTooLarge(
      sizeInBytes: 3 << 30, maximumInBytes: 2 << 30, extraSpaceInBytes: 512 << 20)
    #expect(
      error.description.hasPrefix(
        "the image would be 3.0 GiB, 1.0 GiB more than image:max_size (2.0 GiB) allows"))
    #expect(error.description.contains("image:extra_space, the free space in it (512.0 MiB)"))
  }
}
