import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

@Suite struct PublishedVersionsTests {
  @Test func aVersionIsReadOnce() async throws {
    let site = try FleetSite()
    try await site.publish("1")
    let fleet = try site.fleet("en")
    let versions = fleet.destinations[0].versions
    let listed = try await versions.all()
    #expect(listed.count == 1)
    let facts = try #require(try await versions.facts(of: listed[0]))
    #expect(facts.entry.buildVersion == "1" && facts.isVerified && facts.imageDigest != nil)
    let manifest = "\(site.directory)/\(listed[0].version)/\(listed[0].version.name).manifest.json"
    #expect(
      try MessageDigest.hexadecimal(of: FileAccess.bytes(of: FilePath(manifest)))
        == facts.manifestDigest)
    try Shell.run("rm '\(manifest)'")
    #expect(try await versions.facts(of: listed) == [listed[0].version: facts])
    // Another version of the same name is read again.
    let other = ListedVersion(version: listed[0].version, secondsSinceEpoch: 1)
    #expect(try await versions.facts(of: other) == nil)
    try Shell.run(
      "cd '\(site.site.fixture.path("cache/fleet/manifests"))'; for file in *; do echo '{' >$file; done"
    )
    #expect(try await versions.facts(of: listed[0]) == nil)
  }

  @Test func namesWithAnotherFormAreReadForTheirBuildVersion() async throws {
    var site = try FleetSite()
    try await site.publish("5")
    site.settings += "[build]\noutversion = x-${build_version}\n"
    try await site.publish("6")
    let fleet = try site.fleet("en")
    let survey = try await FleetSurvey(fleet)
    #expect(survey.versions.values.first?.map(\.buildVersion.text) == ["6", "5"])
    #expect(
      survey.versions.values.first?.map(\.version.name) == ["x-6", "eos-eos5.1-amd64-amd64.5.en"])
  }

  @Test func ofThousandsOfVersionsOnlyTheNewestIsRead() async throws {
    let site = try FleetSite()
    try await site.publish("261128-000000")
    let directory = "eos/eos5.1/amd64/amd64/en"
    try Shell.run(
      """
      cd '\(site.directory)/\(directory)'; umask 022
      for n in $(seq 100001 105000); do
        v=eos-eos5.1-amd64-amd64.261127-$n.en; mkdir $v; : >$v/SHA256SUMS; mkfifo $v/$v.manifest.json
      done
      """)
    let fleet = try site.fleet("en")
    let survey = try await FleetSurvey(fleet)
    let newest = try #require(survey.newest(of: fleet.members[0].variant, notAfter: nil))
    #expect(try await survey.facts(of: newest)?.entry.buildVersion == "261128-000000")
    #expect(survey.versions.values.first?.count == 5001)
  }
}
