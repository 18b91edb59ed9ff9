import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

@Suite struct ReleaseTests {
  @Test func aReleaseIsRecordedSignedListedAndCanBeRepeated() async throws {
    var site = try FleetSite()
    let key = try SigningFixture(site.site.fixture, name: "etc/gnupg")
    site.settings += "[image]\nsigning_keyid = \(key.fingerprint)\n"
    try await site.publish("9", "en")
    try await site.publish("10", "en")
    try await site.publish("9", "es")
    let fleet = try site.fleet("en", "es")
    let report = try await site.release(fleet)
    #expect(report.isNew && report.path == "releases/nightly/10.json")
    #expect(report.text.contains("nightly 10 released; releases/nightly/10.json in"))
    let record = report.record
    #expect(record.variants.map(\.buildVersion) == ["10", "9"])
    #expect(record.variants.allSatisfy { $0.boot == "not booted: boot_test:enable is false" })
    #expect(
      record.commits == [.init(ref: "os/eos/amd64/eos5.1", commit: FleetSite.Content().commit)])
    #expect(record.osVersions == ["12.1"])
    for item in record.variants {
      let list = site.directory.pushing(FilePath("\(item.variant)/\(item.version)/SHA256SUMS"))
      #expect(try MessageDigest.hexadecimal(of: FileAccess.bytes(of: list)) == item.listDigest)
    }
    try Shell.run(
      "gpg --homedir '\(key.home)' --verify '\(site.directory)/\(report.path).asc' "
        + "'\(site.directory)/\(report.path)'")
    let variants = try site.index().variants
    #expect(variants.map(\.released) == record.variants.map(\.version))
    let en = try #require(variants.first)
    #expect(en.versions.map(\.isReleased) == [true, false])
    let link = site.directory.pushing(FilePath("released/\(en.path)"))
    #expect(
      Directories.linkTarget(of: link)?.string == "../../../../../\(en.path)/\(en.released ?? "")")

    // The same call again changes nothing.
    let before = try site.files()
    let again = try await site.release(fleet)
    #expect(!again.isNew && again.record == record)
    #expect(try site.files() == before)
    // A newer version is published: what is released stays so.
    try await site.publish("11", "en")
    #expect(try site.index().variants[0].versions.map(\.isReleased) == [false, true, false])
    _ = try await BlockingWork.run { [site] _ in
      try Indexes.make(site.publisher("now", "en").configuration, kind: nil)
    }
    #expect(try site.index().variants[0].versions.map(\.isReleased) == [false, true, false])
    #expect(try await site.fleet("en").releases().map(\.gone) == [[]])
  }

  @Test func aReleaseUpToAVersionTakesNoNewerOne() async throws {
    let site = try FleetSite()
    for version in ["1", "2", "3"] { try await site.publish(version, "en") }
    try await site.publish("1", "es")
    let fleet = try site.fleet("en", "es")
    let report = try await site.release(fleet, "2")
    #expect(report.record.version == "2")
    #expect(report.record.variants.map(\.buildVersion) == ["2", "1"])
    let gaps = try await gaps { try await site.release(fleet, "0") }
    #expect(
      gaps.map(\.reason)
        == Array(repeating: "there is no version that is not newer than 0", count: 2))
  }

  @Test func allGapsAreToldAtOnceAndNothingIsChanged() async throws {
    let site = try FleetSite("[boot_test]\nenable = true\nfirmware = uefi")
    func boot(_ machines: String, skipped: String = "null") -> String {
      #"{"image": "DIGEST", "machines": [\#(machines)], "skipped": \#(skipped)}"#
    }
    let machine =
      #"{"firmware": "uefi", "result": "passed", "evidence": "report", "seconds": 1, "acceleration": "tcg"}"#
    try await site.publish("1", "de", .init(boot: boot(machine)))
    try await site.publish("1", "en", .init(boot: nil))
    try await site.publish("1", "es", .init(boot: boot("", skipped: #""--no-boot-test""#)))
    try await site.publish(
      "1", "fr", .init(commit: String(repeating: "d", count: 64), boot: boot(machine)))
    try await site.publish("1", "it", .init(boot: boot(machine), isOurs: false))
    try await site.publish(
      "1", "nl", .init(boot: boot(machine.replacing("passed", with: "failed"))))
    let fleet = try site.fleet("de", "en", "es", "fr", "it", "nl", "pt")
    let before = try site.files()
    let error = try #require(
      await #expect(throws: UnreleasableFleet.self) {
        try await Release(fleet) { member, manifest in
          #expect(manifest["build_version"] == "1")
          return member.name.hasSuffix("/de") ? "the hook image/50-user was changed" : nil
        }.run()
      })
    #expect(error.exitStatus == .dataError)
    let found = error.gaps.map(\.description)
    let start = "eos/eos5.1/amd64/amd64/"
    for (personality, text) in [
      "de": "it is not up to date: the hook image/50-user was changed",
      "en": "was not verified: the check stage was left out",
      "es": "was not booted: --no-boot-test",
      "it": "has no manifest that can be read", "nl": "has no good boot: it failed (uefi)",
      "pt": "there is no version",
    ] {
      let gaps = found.filter { $0.hasPrefix("\(start)\(personality): ") }
      #expect(gaps.contains { $0.contains(text) }, "\(personality): \(found)")
    }
    #expect(!found.contains { $0.hasPrefix("\(start)fr") })
    let ref = try #require(found.first { $0.hasPrefix("the ref os/eos/amd64/eos5.1") })
    #expect(ref.contains("several commits: cccc") && ref.contains("(\(start)fr)"))
    #expect(error.description.contains("nothing was changed"))
    #expect(try site.files() == before)
  }

  @Test func variantsPastTheirEndAreLeftOut() async throws {
    let site = try FleetSite("[release]\nend_of_life = 2020-02-28\n")
    try await site.publish("1")
    let gaps = try await gaps { try await site.release(site.fleet("en")) }
    #expect(gaps.map(\.reason) == ["all its variants are past their end of life"])
  }

  @Test func anInterruptedReleaseIsCompletedByTheNextCall() async throws {
    let site = try FleetSite()
    try await site.publish("1")
    try await site.publish("1", "es")
    let fleet = try site.fleet("en", "es")
    try await site.release(fleet)
    let whole = try site.files()
    let record = try FileAccess.bytes(of: site.directory.appending("releases/nightly/1.json"))
    for left in [
      [], ["releases/nightly/1.json"], ["releases/nightly/1.json", "releases/nightly/1.md"],
    ] {
      try Shell.run("cd '\(site.directory)'; rm -r releases released")
      for file in left {
        try Directories.create(site.directory.appending("releases/nightly"))
        try FileAccess.write(whole[file]!, to: site.directory.pushing(FilePath(file)))
      }
      try Shell.run(
        "sed -i 's/\"released\" : true/\"released\" : false/' '\(site.directory)/index.json'")
      try await site.release(fleet)
      var found = try site.files()
      // The date is that of the first record.
      if left.isEmpty { found["releases/nightly/1.json"] = record }
      #expect(found == whole, "\(left)")
    }
  }

  @Test func hooksGetTheRecordAndRunAfterIt() async throws {
    let site = try FleetSite("[release]\nhooks_add = 50-tell\n")
    try site.site.fixture.write("lib/eib.sh", "")
    try site.site.fixture.write("helpers/hook-shell", "")
    let told = site.site.fixture.path("told")
    try site.site.fixture.write(
      "hooks/release/50-tell",
      """
      #!/bin/bash -e
      test -e '\(site.directory)/releases/nightly/1.json'
      echo "$EIB_FLEET $EIB_RELEASE_VERSION $EIB_HOOK_GROUP $EIB_PRODUCT" >'\(told)'
      cmp "$EIB_RELEASE_RECORD" '\(site.directory)/releases/nightly/1.json'
      ls "$(dirname "$EIB_RELEASE_RECORD")" >>'\(told)'
      test ! -e '\(told).fail'
      """, mode: 0o755)
    try await site.publish("1")
    let fleet = try site.fleet("en")
    try await site.release(fleet)
    #expect(try FileAccess.text(of: told) == "nightly 1 release eos\n1.json\n1.md\n")
    try FileAccess.write("", to: FilePath("\(told).fail"))
    await #expect(throws: HookFailure.self) { try await site.release(fleet) }
    try Shell.run("rm '\(site.site.fixture.path("hooks/release/50-tell"))'")
    await #expect(throws: ConfigurationError.self) { try await site.release(fleet) }
  }

  @Test func aFleetThatOnlyHasARegistryIsRefused() throws {
    let site = FleetSite(
      try Site([:]),
      settings: "[publish]\ndestinations = registry\nregistry = http://127.0.0.1:9/images\n")
    let error = #expect(throws: NoRecords.self) { try site.fleet("en").requireRecords() }
    #expect(error?.exitStatus == .dataError)
    #expect(error?.description.contains("publishes only to") == true)
    #expect(throws: NoRecords.self) {
      try FleetSite(Site([:]), settings: "").fleet("en").requireRecords()
    }
  }

  @Test func theNameOfRecordsIsNoProduct() throws {
    let configuration = try Site(["config/product/releases.ini": ""]).load(product: "releases")
    let error = #expect(throws: PublishingError.self) { try PublishedVariant(configuration) }
    #expect(
      error?.description.contains(
        "no product may be called failed, latest, ostree, released, releases") == true)
  }

  @Test func numbersInBuildVersionsAreCompared() {
    let sorted = [
      "3.9", "3.10", "3.10a", "3.10b", "261128-020000", "261128-120000", "261129-010000",
    ]
    #expect(sorted.shuffled().map(BuildVersion.init).sorted().map(\.text) == sorted)
    #expect(BuildVersion("1") > BuildVersion("01") && BuildVersion("v2") > BuildVersion("v1.9"))
    for text in ["", ".a", "a/b", "../x", "a b", "a\n"] { #expect(!BuildVersion(text).isFileName) }
    #expect(BuildVersion("261128-020000").isFileName)
  }
}
