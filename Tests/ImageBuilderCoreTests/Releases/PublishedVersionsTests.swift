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
      for n in $(seq 100001 101500); do
        v=eos-eos5.1-amd64-amd64.261127-$n.en; mkdir $v; : >$v/SHA256SUMS; mkfifo $v/$v.manifest.json
      done
      """)
    let fleet = try site.fleet("en")
    let survey = try await FleetSurvey(fleet)
    let newest = try #require(survey.newest(of: fleet.members[0].variant, notAfter: nil))
    #expect(try await survey.facts(of: newest)?.entry.buildVersion == "261128-000000")
    #expect(survey.versions.values.first?.count == 1501)
  }

  @Test func aClockThatIsWrongDoesNotChangeTheOrder() async throws {
    let site = try FleetSite()
    for version in ["261128-020000", "261129-020000"] { try await site.publish(version) }
    try Shell.run("touch -d 2020-01-01 '\(site.directory)'/eos/*/*/*/*/*.261129-*/SHA256SUMS")
    let fleet = try site.fleet("en")
    let newest = try await FleetSurvey(fleet).newest(of: fleet.members[0].variant, notAfter: nil)
    #expect(
      newest?.buildVersion.text == "261129-020000" && newest?.secondsSinceEpoch == 1_577_836_800)
  }

  /// One listing for each product, and the small files of a version only once.
  @Test func manyVariantsAreNotManyRequests() async throws {
    let s3 = try S3Site()
    let run = "261128-020000"
    let site = FleetSite(s3.site, settings: s3.settings())
    let version = try await site.publish(run)
    let client = try s3.store.client()
    let objects = try await s3.objects().filter { $0.key.hasPrefix("\(version)/") }
    var members: [ReleasedFleet.Member] = []
    for number in 0..<20 {
      let publisher = try site.publisher(run, "v\(number)")
      members.append(try ReleasedFleet.Member(publisher.configuration, publisher.paths))
      for (key, bytes) in objects where !key.hasSuffix(".zst") {
        let name = key.replacing(".en", with: ".v\(number)").replacing(
          "/en/", with: "/v\(number)/")
        _ = try await client.put(
          "\(S3Site.prefix)/\(name)", S3Client.Body(bytes), headers: [], if: .any)
      }
    }
    let fleet = try ReleasedFleet("nightly", members, cache: site.site.fixture.path("cache/fleet"))
    for requests in [20...100, 0...0] {
      try s3.store.proxy.clearRequests()
      let survey = try await FleetSurvey(fleet)
      #expect(survey.versions.count == 20)
      let listings = s3.store.proxy.requests.count
      #expect(listings <= 3)
      for member in fleet.members {
        let newest = try #require(survey.newest(of: member.variant, notAfter: nil))
        #expect(try await survey.facts(of: newest)?.entry.buildVersion == run)
      }
      #expect(requests.contains(s3.store.proxy.requests.count - listings))
    }
  }
}
