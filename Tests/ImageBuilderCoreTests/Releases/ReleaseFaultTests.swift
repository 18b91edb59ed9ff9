import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// Releases and removals at object stores and hosts, each of whose requests may be the last one that arrives.
@Suite struct ReleaseFaultTests {
  /// Every request of a release is the last one that arrives.
  @Test func anObjectStoreThatFailsAtAnyTimeGetsTheWholeReleaseInTheEnd() async throws {
    let s3 = try S3Site()
    let site = FleetSite(s3.site, settings: s3.settings())
    let fleet = try site.fleet(
      "en", at: s3.destination(site.publisher("now", "en"), retry: .quick(attempts: 1)))
    var number = 0
    var requests = 0
    var isInterrupted = true
    while isInterrupted {
      number += 1
      let version = try await site.publish("\(number)")
      let before = try await s3.objects().keys.filter { $0.hasPrefix("releases/") }
      try s3.store.proxy.set(.init(".", "refuse", skip: requests, times: 1_000_000))
      do {
        try await site.release(fleet)
        isInterrupted = false
      } catch {
        #expect(ExitStatus(of: error) == .unavailable, "\(error)")
      }
      try s3.store.proxy.set()
      let left = try await s3.objects()["releases/nightly/\(number).json"]
      let report = try await site.release(fleet)
      let objects = try await s3.objects()
      // Whatever was there of the record is the record.
      #expect(try objects[report.path] == report.record.bytes)
      #expect(try left == nil || left == report.record.bytes)
      #expect(
        Set(objects.keys.filter { $0.hasPrefix("releases/") })
          == Set(before + [report.path, report.record.notesPath]))
      let index = try #require(try IndexDocument(objects["index.json"] ?? []))
      #expect(index.variants[0].released == version.name)
      #expect(objects["released/\(version.variant)"] == Array("\(version.name)\n".utf8))
      requests += 4
    }
    #expect(requests > 20, "\(requests)")
  }

  @Test func aDestinationThatLacksTheVersionOrHasAnotherOneIsAGap() async throws {
    let ssh = try SSHSite(directory: SSHSite.nameWithSyntax)
    let directory = try ssh.site.fixture.makeDirectory("images")
    let text = try ssh.publisher("1")
    let place = text.configuration
    let settings = """
      [build]
      ssh_options = \(try place.value(Options.build.sshOptions))
      [publish]
      directory = \(directory)
      destinations = directory ssh
      ssh = root@127.0.0.1:\(ssh.directory.string.replacing("$", with: "$$"))

      """
    let site = FleetSite(ssh.site, settings: settings)
    let fleet = try site.fleet("en")
    #expect(fleet.destinations.count == 2)
    try await site.publish("1", at: [fleet.destinations[0].destination])
    let missing = try await gaps { try await site.release(fleet) }
    #expect(
      missing.count == 1
        && missing[0].reason.contains("is missing; \"image-builder fleet publish\""))
    let version = try await site.publish(
      "1", "en", .init(image: "another"), at: [fleet.destinations[1].destination])
    let other = try await gaps { try await site.release(fleet) }
    #expect(other.map(\.reason).joined().contains("has another SHA256SUMS than other destinations"))
    try await fleet.destinations[1].destination.remove(version)
    try Shell.run(
      """
      cd \(shellQuoted(ssh.directory.string)); mkdir -p '\(version.variant)'
      cp -a '\(directory)/\(version)' '\(version.variant)/'
      """)
    let report = try await site.release(fleet)
    let records =
      try await [fleet.records()] + fleet.destinations.asyncMap { try await $0.records!.all() }
    #expect(records == Array(repeating: [report.record], count: 3))
    // Half of the release is missing: the same call completes it.
    try Shell.run("rm \(shellQuoted("\(ssh.directory)/\(report.path)"))")
    #expect(try await !site.release(fleet).isNew)
    #expect(try await fleet.destinations[1].records?.all() == [report.record])
    // Another release of this version is refused, and the record stays.
    let record = directory.pushing(FilePath(report.path))
    try Shell.run("sed -i 's/\"sha256sums\" : \"..../\"sha256sums\" : \"0000/' '\(record)'")
    await #expect(throws: OtherRelease.self) { try await site.release(fleet) }
    // A record that cannot be read is not taken for none.
    try FileAccess.write("{", to: record)
    await #expect(throws: ReleaseRecord.Damage.self) { try await site.release(fleet) }
    await #expect(throws: ReleaseRecord.Damage.self) {
      try await Rollback(fleet).run(isConfirmed: true)
    }
  }

  /// Every request of a removal is the last one that arrives.
  @Test func anObjectStoreThatFailsAtAnyTimeIsInTheOldStateOrTheNew() async throws {
    let s3 = try S3Site()
    let site = FleetSite(s3.site, settings: s3.settings())
    let fleet = try site.fleet(
      "en", at: s3.destination(site.publisher("now", "en"), retry: .quick(attempts: 1)))
    var number = 1
    try await site.publish("1")
    var requests = 0
    var isInterrupted = true
    while isInterrupted {
      number += 1
      let newest = try await site.publish("\(number)")
      try s3.store.proxy.set(.init(".", "refuse", skip: requests, times: 1_000_000))
      do {
        _ = try await prune(fleet, .release)
        isInterrupted = false
      } catch {
        #expect(ExitStatus(of: error) == .unavailable, "\(error)")
      }
      try s3.store.proxy.set()
      _ = try await prune(fleet, .release)
      let others = try await s3.objects().keys.filter {
        !$0.hasPrefix("\(newest)/") && !$0.hasPrefix("index.") && !$0.hasPrefix("latest/")
      }
      #expect(others.isEmpty, "after \(requests) requests: \(others)")
      #expect(try await fleet.destinations[0].versions.all().map(\.version) == [newest])
      requests += 4
    }
    #expect(requests > 30, "\(requests)")
  }

  @Test func aHostThatSSHReaches() async throws {
    let ssh = try SSHSite(directory: SSHSite.nameWithSyntax)
    let publisher = try ssh.publisher("1")
    let options = try publisher.configuration.value(Options.build.sshOptions)
    let site = FleetSite(
      ssh.site,
      settings: """
        [build]
        ssh_options = \(options)
        [publish]
        destinations = ssh
        ssh = root@127.0.0.1:\(ssh.directory.string.replacing("$", with: "$$"))

        """)
    for version in ["1", "2", "3"] { try await site.publish(version) }
    let fleet = try site.fleet("en")
    try await site.release(fleet, "1")
    try Shell.run(
      """
      cd \(shellQuoted(ssh.directory.string))
      mv eos/eos5.1/amd64/amd64/en/*.2.en .eos-eos5.1-amd64-amd64.2.en.removed
      """)
    try await site.publish("2", "es")
    let report = try await prune(site.fleet("en", "es"), .release)
    #expect(report.removed.isEmpty && report.kept.map(\.reason) == ["it was released"])
    let left = try Shell.run("cd \(shellQuoted(ssh.directory.string)); ls -A").lines
    #expect(left == [".lock", "eos", "index.html", "index.json", "latest", "released", "releases"])
    _ = try await Rollback(site.fleet("en", "es")).run("3", isConfirmed: true)
    _ = try await Rollback(site.fleet("en", "es")).run(isConfirmed: true)
    let found = try Shell.run("cd \(shellQuoted(ssh.directory.string)); ls -d eos/*/*/*/*/*").lines
    #expect(found == ["eos/eos5.1/amd64/amd64/en/eos-eos5.1-amd64-amd64.1.en"])
  }
}
