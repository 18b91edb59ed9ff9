import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

@Suite struct S3DestinationTests {
  let s3: S3Site
  private static let shared: Set<String> = [
    "index.json", "index.html", "latest/eos/eos5.1/amd64/amd64/en",
  ]

  init() throws {
    s3 = try S3Site()
  }

  /// What is at the destination besides the index.
  private func versions() async throws -> [String: [UInt8]] {
    try await s3.objects().filter { !Self.shared.contains($0.key) }
  }

  @Test func aVersionIsPublishedListedReadAndRemoved() async throws {
    let publisher = try s3.publisher("1")
    let destination = try s3.destination(publisher)
    #expect(destination.place == "s3://images/images/of/us")
    try await destination.check()
    #expect(try await destination.versions(of: nil) == [])
    #expect(try await !destination.holds(publisher.version))
    try await s3.publish(publisher)
    #expect(try await versions() == s3.files(publisher))
    #expect(try await Set(s3.objects().keys).isSuperset(of: Self.shared))
    let link = try await s3.objects()["latest/eos/eos5.1/amd64/amd64/en"]
    #expect(link == Array("\(publisher.version.name)\n".utf8))
    for variant in [nil, publisher.version.variant] {
      #expect(
        try await destination.versions(of: variant).map(\.version) == [publisher.version])
    }
    #expect(
      try await destination.holds(publisher.version, equalTo: publisher.paths.outputDirectory))
    #expect(try await destination.read("nothing", of: publisher.version) == nil)

    let files = try PublishedFile.all(in: publisher.paths.outputDirectory)
    await #expect(throws: PublishingError.self) {
      try await destination.put(
        publisher.version, files, from: publisher.paths.outputDirectory
      ) { _ in }
    }
    try await destination.remove(publisher.version)
    #expect(try await versions() == [:])
    try await destination.remove(publisher.version)
    #expect(try await versions() == [:])
  }

  @Test func objectsHaveTheirTypesAndWhatTheOptionsSay() async throws {
    let publisher = try s3.publisher(
      "1", settings: s3.settings("s3_acl = public-read\ns3_storage_class = STANDARD_IA"))
    try await s3.publish(publisher)
    let client = try s3.store.client()
    func headers(_ name: String) async throws -> HTTPResponse {
      try await client.send(.init(method: "GET", key: "\(S3Site.prefix)/\(name)"))
    }
    let manifest = try await headers("\(publisher.version)/\(publisher.version.name).manifest.json")
    #expect(manifest["content-type"] == "application/json")
    #expect(manifest["x-amz-storage-class"] == "STANDARD_IA")
    let signature = try await headers("\(publisher.version)/SHA256SUMS.gpg")
    #expect(signature["content-disposition"] == "attachment")
    let index = try await headers("index.json")
    #expect(index["cache-control"] == "no-cache" && index["x-amz-storage-class"] == nil)
    let acl = try await client.send(
      .init(method: "GET", key: "\(S3Site.prefix)/index.html", query: [("acl", "")]))
    #expect(String(decoding: acl.body, as: UTF8.self).contains("AllUsers"))
  }

  /// Publishers that can never write `target`, and then can again.
  @Test(arguments: [
    "PUT .*img.zst", "PUT .*manifest.json", "PUT .*SHA256SUMS.gpg", "PUT .*SHA256SUMS$",
    "PUT .*/.publishing/", "DELETE .*/.publishing/", "GET .*list-type", "PUT .*index.json",
  ])
  func afterEachFaultTheDestinationHasTheOldStateOrTheNew(_ target: String) async throws {
    let old = try s3.publisher("1", directory: "other", image: "old")
    try await s3.publish(old)
    let before = try await versions()
    for (number, fault) in [
      "refuse", "cut-request", "lose", "cut", "stall", "403", "500", "503", "corrupt-request",
      "corrupt", "twice", "slow",
    ].enumerated() {
      let publisher = try s3.publisher("\(number + 2)", image: "image \(number)")
      let after = try before.merging(s3.files(publisher)) { _, new in new }
      try s3.store.proxy.set(
        FaultProxy.Rule(target, fault, bytes: 5, seconds: 0.02, times: 1_000_000))
      try? await s3.publish(publisher, retry: .quick(attempts: 1))
      try s3.store.proxy.set()
      let isVisible = try await s3.destination(publisher).holds(publisher.version)
      let found = try await versions()
      if isVisible {
        #expect(found.filter { !$0.key.contains("/.publishing/") } == after, "\(fault)")
      } else {
        #expect(found.filter { before[$0.key] != nil } == before, "\(fault)")
        #expect(
          try await s3.destination(publisher).versions(of: nil).map(\.version.name)
            == [old.version.name])
      }
      // Half of them go on with the same outputs, the others build another version.
      let next =
        number.isMultiple(of: 2) || isVisible
        ? publisher : try s3.publisher("\(number + 2)0")
      try await s3.publish(next)
      #expect(
        try await versions().filter { !$0.key.contains("/.publishing/") }
          == before.merging(s3.files(next)) { _, new in new }, "\(fault)")
      let uploads = try await s3.store.client().uploads(below: "")
      #expect(uploads.isEmpty, "\(fault)")
      try await s3.destination(next).remove(next.version)
    }
    #expect(try await versions() == before)
  }

  @Test func passingFaultsDoNotFailAPublisher() async throws {
    for (number, rule) in [
      FaultProxy.Rule("PUT", "lose", times: 3), .init("GET", "cut", bytes: 9, times: 3),
      .init("GET", "corrupt", bytes: 60, times: 3), .init(".", "503", times: 5),
      .init("PUT .*SHA256SUMS$", "lose"), .init("PUT .*index.json", "lose"),
      .init("DELETE", "twice", times: 9), .init("POST|PUT|GET", "refuse", skip: 4, times: 2),
    ].enumerated() {
      let publisher = try s3.publisher("\(number)")
      try s3.store.proxy.set(rule)
      try await s3.publish(publisher)
      try s3.store.proxy.set()
      #expect(try await versions() == s3.files(publisher), "\(rule)")
      try await s3.destination(publisher).remove(publisher.version)
    }
  }

  @Test func nothingIsSentAgainThatTheStoreHas() async throws {
    let publisher = try s3.publisher("1")
    try s3.store.proxy.set(.init("PUT .*SHA256SUMS$", "403", times: 1000))
    await #expect(throws: UnreachableDestination.self) { try await s3.publish(publisher) }
    try s3.store.proxy.set()
    try s3.store.proxy.clearRequests()
    try await s3.publish(publisher)
    let sent = s3.store.proxy.requests.filter { $0.hasPrefix("PUT ") && $0.contains("/eos5.1/") }
    #expect(sent.count == 3, "\(sent)")  // The claim, SHA256SUMS, and latest.
    #expect(try await versions() == s3.files(publisher))
  }

  @Test func buildsOfOtherDirectoriesAreNotDisturbed() async throws {
    let slow = try s3.publisher("1", directory: "slow")
    try s3.store.proxy.set(.init("PUT .*SHA256SUMS$", "403", times: 1000))
    await #expect(throws: UnreachableDestination.self) { try await s3.publish(slow) }
    try s3.store.proxy.set()
    // Another version of the variant leaves it alone; the same version is refused.
    let other = try s3.publisher("2", directory: "quick")
    try await s3.publish(other)
    let files = try s3.files(other)
    let same = try s3.publisher("1", directory: "quick")
    let error = await #expect(throws: PublishingError.self) { try await s3.publish(same) }
    #expect(error?.description.contains("/.publishing/\(same.version.name)") == true)
    try await s3.publish(slow)
    #expect(
      try await versions() == s3.files(slow).merging(files) { _, new in new })
  }

  @Test func manyPublishersLeaveOneRightIndex() async throws {
    let publishers = try (1...12).map { try s3.publisher("\($0)", directory: "cache\($0)") }
    let destination = try s3.destination(publishers[0])
    let files = try #require(destination.sharedFiles)
    try await withThrowingTaskGroup(of: Int.self) { group in
      // A reader never sees a broken index, or a version that is not complete.
      group.addTask {
        var seen: Set<String> = []
        while !Task.isCancelled {
          guard let bytes = try? await files.read("index.json")?.bytes else { continue }
          for variant in try #require(try IndexDocument(bytes)).variants {
            for version in variant.versions where !seen.contains(version.version) {
              let name = PublishedVersion(publishers[0].version.variant, version.version)
              // The store is busy, and the reader ends at any time.
              guard let isComplete = try? await destination.holds(name) else { continue }
              #expect(isComplete, "\(name)")
              seen.insert(version.version)
            }
          }
        }
        return seen.count
      }
      for publisher in publishers {
        group.addTask {
          try await s3.publish(publisher)
          return 0
        }
      }
      for _ in publishers { _ = try await group.next() }
      group.cancelAll()
      #expect(try await group.next() ?? 0 > 0, "the reader saw no version")
    }
    let bytes = try #require(try await s3.objects()["index.json"])
    let index = try #require(try IndexDocument(bytes))
    #expect(index.variants.count == 1)
    #expect(
      Set(index.variants[0].versions.map(\.version)) == Set(publishers.map(\.version.name)))
  }

  @Test func keysThatLeadElsewhereAreNoFiles() async throws {
    let publisher = try s3.publisher("1")
    let files = try #require(try s3.destination(publisher).sharedFiles)
    let client = try s3.store.client()
    for name in ["a/superblock", "../../../a", "a/../../b", "/a", "a//b", "./a"] {
      _ = try await client.put(
        "\(S3Site.prefix)/ostree/deltas/\(name)", S3Client.Body([1]), headers: [], if: .any)
    }
    #expect(try await files.files(below: "ostree/deltas").map(\.path) == ["a/superblock"])
  }

  @Test func whatCannotWorkIsToldByTheCheck() async throws {
    let lost = try Publisher(s3.site, settings: s3.settings(bucket: "nowhere"), version: "1")
    await #expect(throws: UnreachableDestination.self) { try await s3.destination(lost).check() }
    let publisher = try s3.publisher("1")
    for rule in [
      FaultProxy.Rule("PUT", "403", times: 9), .init("DELETE", "403", times: 9),
      .init("GET", "403", times: 9), .init("PUT", "501", times: 9),
    ] {
      try s3.store.proxy.set(rule)
      await #expect(throws: UnreachableDestination.self, "\(rule)") {
        try await s3.destination(publisher, retry: .quick(attempts: 2)).check()
      }
    }
    try s3.store.proxy.set()
    try await s3.destination(publisher).check()
    #expect(try await s3.objects() == [:])
  }

  @Test func optionsThatCannotWorkAreRefused() throws {
    func problem(_ settings: String) throws -> PublishingError? {
      let publisher = try Publisher(s3.site, settings: settings, version: "1")
      return #expect(throws: PublishingError.self) {
        try S3Destination(publisher.configuration, publisher.paths)
      }
    }
    #expect(
      try problem("[publish]\ndestinations = s3\n")?.description.contains("s3_bucket") == true)
    let endpoint = "[publish]\ndestinations = s3\ns3_bucket = abc\ns3_endpoint = https://store/x\n"
    #expect(
      try problem(endpoint)?.description.contains("publish:s3_endpoint is 'https://store/x'")
        == true)
    let hook = try problem(s3.settings("hooks_add = 45-publish-s3"))
    #expect(hook?.description.contains("45-publish-s3") == true)
    // EIB's options alone start nothing.
    let inherited = try Publisher(
      s3.site, settings: "[publish]\ns3_bucket = abc\ns3_region = x\nhooks_add = 45-publish-s3\n",
      version: "1")
    #expect(try Destinations(inherited.configuration, inherited.paths).all.isEmpty)
    for option in [
      "s3_endpoint = store", "s3_prefix = a/../b", "s3_prefix = a//b", "s3_region = EU",
      "s3_acl = public", "s3_storage_class = GLACIER", "s3_storage_class = standard",
    ] {
      #expect(throws: ConfigurationError.self, "\(option)") {
        let publisher = try Publisher(
          s3.site, settings: "[publish]\ndestinations = s3\ns3_bucket = abc\n\(option)\n",
          version: "1")
        return try S3Destination(publisher.configuration, publisher.paths)
      }
    }
  }
}
