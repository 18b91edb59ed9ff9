import TestSupport
import Testing

@testable import Configuration

/// What the check of a configuration finds in `[publish]`.
@Suite struct DestinationSettingsTests {
  private func findings(_ settings: String) async throws -> (errors: [String], warnings: [String]) {
    let site = try Site([
      "config/product/eos.ini": "[publish]\n\(settings)\n", "config/branch/master.ini": "",
    ])
    let check = await ConfigurationCheck(
      [try Variant(product: "eos", arch: "amd64")], try ConfigurationLoader(site.sources)
    ).checks[0]
    return (check.errors.map(\.text), check.warnings.map(\.text))
  }

  @Test(arguments: [
    ("destinations = directory s3", ["directory", "s3"]),
    ("destinations = ssh registry", ["ssh", "registry"]),
    ("destinations = s3\ns3_bucket = images", []), ("directory = /srv/images", []),
  ])
  func aDestinationWithoutAPlaceIsAnError(settings: String, kinds: [String]) async throws {
    let errors = try await findings(settings).errors.filter {
      $0.contains("publish:destinations lists")
    }
    #expect(errors.count == kinds.count, "\(errors)")
    for kind in kinds {
      #expect(
        errors.contains { $0.contains("eos.ini:2: ") && $0.contains("lists \(kind), but") },
        "\(errors)")
    }
  }

  @Test func whatNeedsADestinationIsAWarning() async throws {
    let settings = "tree = true\npublic_url = https://images.example.org"
    let warnings = try await findings(settings).warnings.filter {
      $0.contains("nothing is published")
    }
    #expect(warnings.count == 2, "\(warnings)")
    #expect(
      try await findings(settings + "\ndirectory = /srv/images").warnings
        .allSatisfy { !$0.contains("nothing is published") })
  }
}
