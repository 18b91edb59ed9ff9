import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

@_silgen_name("capset")
private func capset(_ header: UnsafeRawPointer, _ data: UnsafeRawPointer) -> Int32

/// A destination that cannot be read is an error, never an empty one.
@Suite struct UnreadableDestinationTests {
  /// Runs `body` on a thread that has lost the capabilities by which root reads everything.
  private func withoutCapabilities<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread {
        let header: [UInt32] = [0x2008_0522, 0]
        let none = [UInt32](repeating: 0, count: 6)
        guard
          header.withUnsafeBytes({ header in
            none.withUnsafeBytes { capset(header.baseAddress!, $0.baseAddress!) }
          }) == 0
        else { return continuation.resume(throwing: POSIXError(.EPERM)) }
        continuation.resume(with: Swift.Result { try body() })
      }.start()
    }
  }

  @Test(arguments: [
    "images", "images/eos", "images/eos/eos5.1/amd64/amd64/en",
    "images/eos/eos5.1/amd64/amd64/en/eos-eos5.1-amd64-amd64.1.en", ".",
  ])
  func aDirectoryWithoutPermissions(_ directory: String) async throws {
    let site = try FleetSite()
    let version = try await site.publish("1")
    let publisher = try site.publisher("1", "en")
    let destination = try DirectoryDestination(publisher.configuration, publisher.paths)
    let path = site.site.fixture.path(directory)
    try Shell.run("chown 65534 '\(path)'; chmod 0 '\(path)'")
    for variant in [nil, version.variant] {
      let error = try await withoutCapabilities { () -> UnreachableDestination? in
        do {
          let found = try destination.versions(of: variant)
          Issue.record("\(found)")
          return nil
        } catch let error as UnreachableDestination {
          return error
        }
      }
      #expect(error?.exitStatus == .unavailable)
      #expect(error?.description.contains("Permission denied") == true)
    }
  }

  @Test func recordsWithoutPermissions() async throws {
    let site = try FleetSite()
    try await site.publish("1")
    try await site.release(site.fleet("en"))
    let files = LocalFiles(site.directory)
    try Shell.run("cd '\(site.directory)'; chown 65534 releases; chmod 0 releases")
    await #expect(throws: UnreachableDestination.self) {
      try await withoutCapabilities { try files.entries(of: "releases/nightly") }
    }
    await #expect(throws: UnreachableDestination.self) {
      try await withoutCapabilities { try files.entries(of: "releases") }
    }
  }

  @Test func aPathThatLeadsNowhere() async throws {
    let site = try FleetSite()
    try await site.publish("1")
    let fleet = try site.fleet("en")
    try Shell.run(
      "cd '\(site.directory)'; mv eos away; ln -s eos eos; mv releases r 2>/dev/null || true")
    // A link in the place of a variant is none.
    #expect(try await FleetSurvey(fleet).versions.isEmpty)
    try Shell.run("rm -r '\(site.directory)'; ln -s images '\(site.directory)'")
    await #expect(throws: UnreachableDestination.self) { try await FleetSurvey(fleet) }
    // A link to a directory is that directory.
    try Shell.run(
      "rm '\(site.directory)'; mkdir '\(site.directory).real'; ln -s images.real '\(site.directory)'"
    )
    try await site.publish("2")
    #expect(try await FleetSurvey(fleet).versions.values.first?.count == 1)
  }

  @Test func anObjectStoreThatRefuses() async throws {
    let s3 = try S3Site()
    let site = FleetSite(s3.site, settings: s3.settings())
    try await site.publish("1")
    let fleet = try site.fleet(
      "en", at: s3.destination(site.publisher("now", "en"), retry: .quick(attempts: 1)))
    try await site.release(fleet)
    let before = try await s3.objects()
    for fault in ["403", "500", "refuse"] {
      for target in ["GET .*list-type", "GET .*releases", "GET"] {
        try s3.store.proxy.set(.init(target, fault, times: 1_000_000))
        for work: (ReleasedFleet) async throws -> Void in [
          {
            _ = try await FleetSurvey($0)
            _ = try await $0.records()
          },
          { _ = try await Rollback($0).run(isConfirmed: true) },
          { _ = try await Prune($0, .endOfLife).run(isConfirmed: true) },
          { _ = try await site.release($0) }, { _ = try await $0.notes(of: nil) },
        ] {
          let error = await #expect(throws: (any Error).self, "\(fault) \(target)") {
            try await work(fleet)
          }
          #expect(error.map { ExitStatus(of: $0) } == .unavailable, "\(fault) \(target): \(error!)")
        }
        try s3.store.proxy.set()
      }
    }
    #expect(try await s3.objects() == before)
  }

  @Test func aHostThatRefuses() async throws {
    let ssh = try SSHSite(directory: "images")
    let site = FleetSite(ssh.site, settings: "")
    let destination = try ssh.destination(ssh.publisher("1"))
    let fleet = try site.fleet("en", at: destination)
    try await destination.check()
    #expect(try await FleetSurvey(fleet).versions.isEmpty)
    try ssh.trust(ssh.server, key: ssh.server.otherKey)
    for work: (ReleasedFleet) async throws -> Void in [
      { _ = try await FleetSurvey($0) }, { _ = try await $0.records() },
      { _ = try await Rollback($0).run(isConfirmed: false) },
    ] {
      let error = await #expect(throws: SSHProblem.self) { try await work(fleet) }
      #expect(error?.exitStatus == .unavailable)
    }
  }
}
