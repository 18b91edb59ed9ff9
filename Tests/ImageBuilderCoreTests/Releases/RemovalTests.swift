import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

@Suite struct RemovalTests {
  @Test func theNewestRunIsRolledBackEverywhere() async throws {
    let site = try FleetSite()
    for personality in ["en", "es"] { try await site.publish("9", personality) }
    try await site.publish("9", "fr")
    let before = try site.files()
    try await site.publish("10", "en")
    try await site.publish("10", "es")
    let fleet = try site.fleet("en", "es", "fr")
    let whole = try site.files()
    let plan = try await Rollback(fleet).run(isConfirmed: false)
    #expect(try site.files() == whole)
    #expect(!plan.isDone && plan.removed.map(\.buildVersion) == ["10", "10"])
    #expect(
      plan.text.contains("would remove eos/eos5.1/amd64/amd64/en 10 from \(site.directory)\n"))
    #expect(plan.text.contains("nothing was changed; --yes removes them"))
    let outputs = try site.publisher("10", "en").paths.outputDirectory
    #expect(plan.directories.count == 2 && plan.directories[0] == outputs)
    let report = try await Rollback(fleet).run(isConfirmed: true)
    #expect(report.isDone && report.text.contains("removed \(outputs)\n"))
    #expect(try site.files() == before)
    #expect(!Directories.exists(outputs))
    #expect(
      try await BuildVersion("9")
        == FleetSurvey(fleet).versions.values.compactMap { $0.first?.buildVersion }.max())
    let error = try #require(
      await #expect(throws: UnknownRun.self) {
        try await Rollback(fleet).run("10", isConfirmed: true)
      })
    #expect(error.exitStatus == .dataError && error.description.contains("the newest runs are 9"))
  }

  @Test func whatIsReleasedIsNotRolledBack() async throws {
    let site = try FleetSite()
    for personality in ["en", "es"] { try await site.publish("1", personality) }
    let fleet = try site.fleet("en", "es")
    // A release of another fleet counts as well.
    let other = try ReleasedFleet("weekly", [fleet.members[1]], cache: nil)
    try await site.release(other)
    let before = try site.files()
    let error = try #require(
      await #expect(throws: ReleasedRun.self) { try await Rollback(fleet).run(isConfirmed: true) })
    #expect(error.exitStatus == .dataError)
    #expect(error.description.contains("/es/"))
    #expect(error.description.contains("in releases/weekly/1.json"))
    #expect(!error.description.contains("/en/"))
    #expect(try site.files() == before)
  }

  @Test func whatIsBeingBuiltIsNotRemoved() async throws {
    let site = try FleetSite()
    try await site.publish("1")
    try await site.publish("2")
    let busy = try site.fleet("en", busy: ["en": "a job of it is queued"])
    let before = try site.files()
    let error = try #require(
      await #expect(throws: BusyBuild.self) { try await Rollback(busy).run(isConfirmed: true) })
    #expect(error.exitStatus == .temporaryFailure)
    #expect(error.description.contains("en: a job of it is queued"))
    let report = try await prune(busy, .release)
    #expect(report.removed.isEmpty && report.kept.map(\.reason) == ["a job of it is queued"])
    // The lock of a build on this host.
    let fleet = try site.fleet("en")
    let lock = try FileLock.acquire(fleet.members[0].paths.lock, .exclusive)
    await #expect(throws: BusyBuild.self) { try await Rollback(fleet).run(isConfirmed: true) }
    withExtendedLifetime(lock) {}
    #expect(try site.files() == before)
  }

  @Test func levelsAndKeptOnes() async throws {
    let site = try FleetSite()
    for (version, system) in [
      ("1", "12.1"), ("2", "12.1"), ("3", "12.2"), ("4", "12.2"), ("5", "12.2"),
    ] {
      try await site.publish(version, "en", .init(osVersion: system))
    }
    try await site.publish("1", "es")
    let fleet = try site.fleet("en", "es")
    let plan = try await Prune(fleet, .revision).run(isConfirmed: false)
    #expect(plan.removed.map(\.buildVersion) == ["1", "3", "4"])
    #expect(try await prune(fleet, .revision, more: 1).removed.map(\.buildVersion) == ["3"])
    #expect(try site.versions() == ["en": ["1", "2", "4", "5"], "es": ["1"]])
    #expect(try await prune(fleet, .release, more: 3).removed.isEmpty)
    #expect(try await prune(fleet, .revision).removed.map(\.buildVersion) == ["1", "4"])
    #expect(try await prune(fleet, .release).removed.map(\.buildVersion) == ["2"])
    #expect(try site.versions() == ["en": ["5"], "es": ["1"]])
    #expect(try site.index().variants.map { $0.versions.count } == [1, 1])
    #expect(try await prune(fleet, .endOfLife).removed.isEmpty)
  }

  @Test func releasedGoodAndForeignVersionsAreKept() async throws {
    let site = try FleetSite("[release]\nkeep_for = 30d\n")
    try await site.publish("1")
    try await site.release(site.fleet("en"))
    for version in ["2", "3"] { try await site.publish(version) }
    try await site.publish("4", "en", .init(boot: nil))
    // A version that is not ours.
    let strange = site.directory.pushing(
      FilePath("eos/eos5.1/amd64/amd64/en/eos-eos5.1-amd64-amd64.0.en"))
    try Directories.create(strange)
    try FileAccess.write("", to: strange.appending("SHA256SUMS"))
    let fleet = try site.fleet("en")
    let young = UInt64(time(nil))
    let report = try await prune(fleet, .release, now: young)
    #expect(report.removed.map(\.buildVersion) == ["2"])
    let reasons = Dictionary(
      uniqueKeysWithValues: report.kept.map {
        ($0.version.split(separator: ".").dropLast().last!, $0.reason)
      })
    #expect(reasons["1"] == "it was released" && reasons["3"] == "it is the newest good version")
    #expect(reasons["0"]?.contains("may not be a version of ours") == true)
    #expect(try await prune(fleet, .release, now: young + 29 * 86_400).removed.isEmpty)
    let old = try await prune(fleet, .release, now: young + 31 * 86_400)
    #expect(old.removed.map(\.buildVersion) == ["1"])
    #expect(Directories.exists(strange))
    // The record stays, and says that its version is gone.
    let release = try #require(try await fleet.releases().first)
    #expect(release.gone == ["eos/eos5.1/amd64/amd64/en"] && release.text.contains("all gone"))
    #expect(!Directories.exists(site.directory.appending("released/eos/eos5.1/amd64/amd64/en")))
  }

  @Test func pastTheEndOfLifeEverythingGoes() async throws {
    let site = try FleetSite("[release]\nend_of_life = 2027-01-15\n")
    for version in ["1", "2"] { try await site.publish(version) }
    var living = site
    living.settings = "[publish]\ndirectory = \(site.directory)\n"
    try await living.release(living.fleet("en"))
    let fleet = try site.fleet("en")
    // 2027-01-15T08:00:00Z, and a day later.
    #expect(try await prune(fleet, .endOfLife, now: 1_800_000_000).removed.isEmpty)
    for days: UInt64 in [1, 1 << 40, .max] {
      #expect(try await prune(fleet, .endOfLife, days: days, now: 1_800_086_400).removed.isEmpty)
    }
    let kept = try await prune(fleet, .endOfLife, more: 1, now: 1_800_086_400)
    #expect(kept.removed.map(\.buildVersion) == ["1"])
    let report = try await prune(fleet, .endOfLife, now: 1_800_086_400)
    #expect(report.removed.map(\.buildVersion) == ["2"])
    #expect(try site.index().variants.isEmpty)
    let left = try site.files().keys.sorted()
    #expect(
      left == ["index.html", "index.json", "releases/nightly/2.json", "releases/nightly/2.md"])
    #expect(!Directories.exists(site.directory.appending("eos")))
  }

  /// A rollback that was killed when all versions of its run were hidden, but not removed.
  @Test func anInterruptedRollbackIsFinishedBeforeAnotherRunIsRemoved() async throws {
    let site = try FleetSite()
    for version in ["1", "2", "3"] {
      for personality in ["en", "es"] { try await site.publish(version, personality) }
    }
    let fleet = try site.fleet("en", "es")
    for run: String? in [nil, "2"] {
      let newest = run ?? "3"
      for personality in ["en", "es"] {
        let version = try site.publisher(newest, personality).version
        try await fleet.destinations[0].destination.beginRemoval(of: version)
      }
      #expect(try site.versions()["en"]?.contains(newest) == false)
      let report = try await Rollback(fleet).run(run, isConfirmed: true)
      #expect(report.removed.isEmpty && report.finished.count == 2)
      #expect(
        report.text.contains(
          "removed eos-eos5.1-amd64-amd64.\(newest).es, as an earlier command had begun to\n"))
      #expect(report.json["finished"]?.members.count == 2)
      #expect(try !site.files().keys.contains { $0.contains(".\(newest).") && $0.hasPrefix(".") })
    }
    #expect(try site.versions() == ["en": ["1"], "es": ["1"]])
    // What prune has begun is older than the newest run.
    for version in ["2", "3"] { try await site.publish(version, "en") }
    try await fleet.destinations[0].destination.beginRemoval(of: site.publisher("2", "en").version)
    let report = try await Rollback(fleet).run(isConfirmed: true)
    #expect(report.removed.map(\.buildVersion) == ["3"] && report.finished.count == 1)
  }

  /// What a killed removal can leave in a directory.
  @Test func aRemovalThatWasKilledIsFinishedByTheNextOne() async throws {
    let site = try FleetSite()
    for version in ["1", "2", "3"] { try await site.publish(version) }
    let fleet = try site.fleet("en")
    let start = site.site.fixture.path("start")
    try Shell.run("cp -a '\(site.directory)' '\(start)'")
    _ = try await prune(fleet, .release)
    let whole = try site.files()
    let survey = "eos/eos5.1/amd64/amd64/en/eos-eos5.1-amd64-amd64"
    let states = [
      // The index is written, nothing is removed.
      "cp '\(site.directory)'/index.* '\(start)'",
      // Renamed.
      "mv '\(start)/\(survey).1.en' '\(start)/.eos-eos5.1-amd64-amd64.1.en.removed'",
      // A part is removed.
      "rm '\(start)/.eos-eos5.1-amd64-amd64.1.en.removed/SHA256SUMS'",
      // All are removed, one not to the end.
      "mv '\(start)/\(survey).2.en' '\(start)/.eos-eos5.1-amd64-amd64.2.en.removed'",
      "mkdir -p '\(start)/eos/eos5.1/amd64/amd64/en'",
    ]
    for state in states {
      try Shell.run("\(state); rm -rf '\(site.directory)'; cp -a '\(start)' '\(site.directory)'")
      _ = try await prune(fleet, .release)
      #expect(try site.files() == whole, "\(state)")
    }
  }

}
