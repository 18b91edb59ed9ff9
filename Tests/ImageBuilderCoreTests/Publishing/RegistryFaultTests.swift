import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// Faults of the network at each request of a publish.
@Suite struct RegistryFaultTests {
  private let site: Site
  private let registry: RegistryServer
  private let proxy: FaultProxy

  init() throws {
    site = try Site([:])
    registry = try RegistryServer()
    proxy = try FaultProxy(before: "http://\(registry.host)")
  }

  /// A version, and the ways to the registry.
  private struct Target {
    let publisher: Publisher
    let direct: RegistryDestination
    /// Through the proxy, with two attempts.
    let hasty: RegistryDestination
    /// Through the proxy, with as many attempts as it needs.
    let patient: RegistryDestination

    var version: PublishedVersion { publisher.version }
    var outputs: FilePath { publisher.paths.outputDirectory }
  }

  private func target(_ number: Int) throws -> Target {
    func publisher(_ url: String) throws -> Publisher {
      try Publisher(
        site, settings: "[publish]\ndestinations = registry\nregistry = \(url)/team/images\n",
        version: "261129-\(String(format: "%06d", number))")
    }
    func destination(
      _ publisher: Publisher, _ retry: RetryPolicy = .quick()
    ) throws -> RegistryDestination {
      try RegistryDestination(
        publisher.configuration, publisher.paths, retry, TransferTimeouts(stall: .seconds(1)))
    }
    let direct = try publisher("http://\(registry.host)")
    try direct.build(image: "image \(number)")
    let proxied = try publisher(proxy.url)
    return Target(
      publisher: direct, direct: try destination(direct),
      hasty: try destination(proxied, .quick(attempts: 2)), patient: try destination(proxied))
  }

  /// What the publish stage does with a destination.
  private func publish(_ target: Target, to destination: RegistryDestination) async throws {
    if try await !destination.holds(target.version, equalTo: target.outputs) {
      try await destination.put(
        target.version, try PublishedFile.all(in: target.outputs), from: target.outputs
      ) { _ in }
    }
    try await destination.announce(target.version)
  }

  /// Whether the version is there; all of it is then.
  private func isComplete(_ target: Target) async throws -> Bool {
    guard try await target.direct.holds(target.version) else { return false }
    for file in try PublishedFile.all(in: target.outputs) {
      let published = try await target.direct.read(file.name, of: target.version)
      #expect(try published == FileAccess.bytes(of: file.path), "\(file.name)")
    }
    return true
  }

  @Test(arguments: [
    "^HEAD .*/blobs/", "^POST .*/uploads/$", "^PUT .*/uploads/", "^GET .*/manifests/eos",
    "^PUT .*/manifests/eos", "^PUT .*/manifests/latest",
  ])
  func aFaultLeavesNoneOrAllOfAVersionAndTheNextPublishCompletes(request: String) async throws {
    let faults: [FaultProxy.Rule] = [
      .init(request, "refuse"), .init(request, "cut-request", bytes: 1), .init(request, "lose"),
      .init(request, "cut", bytes: 1), .init(request, "stall"),
      .init(request, "corrupt-request", bytes: 600), .init(request, "corrupt", bytes: 20),
      .init(request, "slow", seconds: 0.2), .init(request, "twice"), .init(request, "500"),
      .init(request, "503", headers: ["Retry-After": "0"]), .init(request, "403"),
    ]
    for (number, (fault, times)) in faults.flatMap({ [($0, 1), ($0, 1000)] }).enumerated() {
      let target = try target(number)
      var rule = fault
      rule.times = times
      try proxy.clearRequests()
      try proxy.set(rule)
      var failure: (any Error)?
      do { try await publish(target, to: target.hasty) } catch { failure = error }
      let what: Comment = "\(fault.fault), \(times) times: \(failure.map { "\($0)" } ?? "done")"
      #expect(proxy.requests.contains { $0.hasSuffix(" \(fault.fault)") }, what)
      let isThere = try await isComplete(target)
      #expect(failure != nil || isThere, what)
      if let failure {
        #expect(failure is UnreachableDestination || failure is PublishingError, what)
      }

      try proxy.set()
      try await publish(target, to: target.patient)
      #expect(try await isComplete(target), what)
      let latest = RegistryTag.latest(target.version.variant)
      #expect(try await target.direct.isNamed(latest, target.version), what)
    }
  }
}

extension RegistryDestination {
  /// Whether a tag leads to a version.
  fileprivate func isNamed(_ tag: String, _ version: PublishedVersion) async throws -> Bool {
    try await client.manifest(tag).flatMap(RegistryManifest.init(parsing:))?.version?.version
      == version
  }
}
