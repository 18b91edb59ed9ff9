import TestSupport

@testable import Configuration

extension Fixture {
  /// Loads the product `test` from `config` of the fixture, with `local` as the directory of a site.
  func configuration() throws -> Configuration {
    try Configuration.load(
      Variant(product: "test", arch: "amd64"),
      from: ConfigurationSources(
        sourceDirectory: Checkout.directory, configDirectory: path("config"),
        systemDirectory: path("etc"), cacheDirectory: path("cache"),
        localDirectories: [path("local")]),
      settings: BuildSettings(buildVersion: "1"))
  }
}
