import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct ShippedConfigurationTests {
  private let config = Checkout.directory.appending("config")

  @Test func defaultsFileSaysWhatTheProgramHasBuiltIn() throws {
    var file = try INIFile(path: config.appending("defaults.ini"))
    file.qualifyMergedOptions(MergedOptions(), namespace: "defaults")
    #expect(Options.all.count > 50)
    for option in Options.all where option.name.option != "hooks" {
      guard let value = option.defaultText else { continue }
      let written = file.sections[option.name.section]?[option.nameOfDefault]?.text
      #expect(written.map(PythonText.words) == PythonText.words(value), "\(option.name)")
    }
  }

  @Test func everyShippedVariantIsValid() throws {
    let fixture = try Fixture()
    try Checkout.copyConfiguration(to: fixture.path("config"))
    let sources = ConfigurationSources(
      sourceDirectory: Checkout.directory, configDirectory: fixture.path("config"),
      systemDirectory: fixture.path("etc"),
      cacheDirectory: fixture.path("cache"))
    func names(_ attribute: String) -> [String] {
      Directories.names(in: config.appending(attribute)).filter { $0.hasSuffix(".ini") }
        .map { String($0.dropLast(4)) }
    }
    var count = 0
    for product in names("product") {
      for branch in names("branch") {
        for arch in names("arch") {
          for personality in names("personality") {
            let variant = try Variant(
              product: product, branch: branch, arch: arch, personality: personality)
            let configuration = try Configuration.load(
              variant, from: sources, settings: BuildSettings(buildVersion: "1"))
            #expect(throws: Never.self, "\(variant)") { try configuration.validate() }
            #expect(configuration.warnings.isEmpty, "\(variant): \(configuration.warnings)")
            count += 1
          }
        }
      }
    }
    #expect(count > 0)
  }
}
