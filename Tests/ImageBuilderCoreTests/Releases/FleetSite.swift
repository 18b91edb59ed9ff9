import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// Builds of several variants of the fleet `nightly`, which publish small outputs to a directory, or
/// to what the settings say.
struct FleetSite {
  /// What a version says of itself.
  struct Content {
    var commit = String(repeating: "c", count: 64)
    var osVersion = "12.1"
    var packages = ["bash": "5.2"]
    var inputs = ["setting image:hooks": "1"]
    var image = "image"
    /// The value of `boot` in check.json; nil writes no check.json.
    var boot: String? = #"{"image": null, "machines": [], "skipped": "boot_test:enable is false"}"#
    var isOurs = true
  }

  let site: Site
  /// The text of config.ini.
  var settings: String
  var directory: FilePath { site.fixture.path("images") }

  init(_ more: String = "") throws {
    site = try Site([:])
    let directory = try site.fixture.makeDirectory("images")
    settings = "[publish]\ndirectory = \(directory)\n\(more)\n"
  }

  init(_ site: Site, settings: String) {
    self.site = site
    self.settings = settings
  }

  func publisher(_ version: String, _ personality: String) throws -> Publisher {
    try Publisher(
      site, settings: settings, personality: personality, version: version, cache: "cache")
  }

  /// Builds a version, and publishes it.
  @discardableResult
  func publish(
    _ version: String, _ personality: String = "en", _ content: Content = Content(),
    at places: [any Destination]? = nil
  ) async throws -> PublishedVersion {
    let publisher = try publisher(version, personality)
    try build(publisher, content)
    let outputs = publisher.paths.outputDirectory
    let all = try places ?? Destinations(publisher.configuration, publisher.paths).all
    for destination in all {
      try await destination.put(
        publisher.version, PublishedFile.all(in: outputs), from: outputs
      ) { _ in }
      guard let files = destination.sharedFiles else { continue }
      try await PublicIndex(destination, files).update(publisher.version.variant)
    }
    return publisher.version
  }

  private func build(_ publisher: Publisher, _ content: Content) throws {
    let name = publisher.paths.outputVersion
    let directory = publisher.paths.outputDirectory
    try Shell.run("rm -rf '\(directory)'; mkdir -p '\(directory)'")
    func write(_ name: String, _ text: String) throws {
      try FileAccess.write(text, to: directory.appending(name), waitsForDisk: false)
    }
    try write("\(name).img.zst", content.image)
    let digest = MessageDigest.hexadecimal(of: content.image)
    let manifest: JSONValue = [
      "build_version": .string(publisher.buildVersion), "product_name": "eos",
      "files": [
        "\(name).img.zst": [
          "sha256": .string(digest), "size": .count(UInt64(content.image.utf8.count)),
        ]
      ],
      "images": ["full": ["file": .string("\(name).img.zst")]],
      "ostree": ["commit": .string(content.commit)],
      "os_release": ["id": "debian", "version": .string(content.osVersion)],
      "packages": .object(content.packages.mapValues(JSONValue.string)),
    ]
    try write("\(content.isOurs ? name : "other").manifest.json", manifest.text())
    try write(
      "\(name).inputs.json", JSONValue.object(content.inputs.mapValues(JSONValue.string)).text())
    if let boot = content.boot {
      try write(
        "\(name).check.json",
        "{\"findings\": [], \"verification\": {}, \"boot\": \(boot.replacing("DIGEST", with: digest))}"
      )
    }
    try Shell.run(
      "cd '\(directory)'; sha256sum *.img.zst *.manifest.json *.inputs.json >SHA256SUMS")
  }

  /// The fleet, as a command sees it that is called now.
  func fleet(
    _ personalities: String..., busy: [String: String] = [:]
  ) throws -> ReleasedFleet {
    let members = try personalities.map { personality in
      let publisher = try publisher("now", personality)
      return try ReleasedFleet.Member(
        publisher.configuration, publisher.paths, busy: busy[personality])
    }
    return try ReleasedFleet("nightly", members, cache: site.fixture.path("cache/fleet"))
  }

  /// A fleet with one destination.
  func fleet(_ personality: String, at destination: any Destination) throws -> ReleasedFleet {
    let publisher = try publisher("now", personality)
    let member = try ReleasedFleet.Member(publisher.configuration, publisher.paths)
    return try ReleasedFleet(
      "nightly", [member], [FleetDestination(destination, [member.variant])])
  }

  /// Releases the newest versions, whatever they were made of.
  @discardableResult
  func release(
    _ fleet: ReleasedFleet, _ version: String? = nil
  ) async throws -> ReleaseReport {
    try await Release(fleet) { _, _ in nil }.run(version)
  }

  /// All files of the directory, apart from locks, with their content.
  func files() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for path in Directories.files(below: directory) where !path.hasSuffix(".lock") {
      let file = directory.pushing(FilePath(path))
      files[path] =
        try Directories.linkTarget(of: file).map { Array($0.string.utf8) }
        ?? FileAccess.bytes(of: file)
    }
    return files
  }

  /// The versions in the directory: build versions by personality.
  func versions() throws -> [String: [String]] {
    let listed = try DirectoryDestination(
      publisher("now", "en").configuration, publisher("now", "en").paths
    ).versions(of: nil)
    return Dictionary(grouping: listed) {
      String($0.version.variant.path.split(separator: "/").last!)
    }.mapValues { versions in
      versions.map { String($0.version.name.split(separator: ".")[2]) }.sorted()
    }
  }

  func index() throws -> IndexDocument {
    try IndexDocument(FileAccess.bytes(of: directory.appending("index.json")))!
  }
}

/// The gaps for which a release is refused.
func gaps(_ body: () async throws -> Void) async throws -> [ReleaseGap] {
  try #require(await #expect(throws: UnreleasableFleet.self) { try await body() }).gaps
}

/// The time of removals, in seconds since 1970.
let removalTime: UInt64 = 1_800_000_000

func prune(
  _ fleet: ReleasedFleet, _ level: PruneLevel, more: Int = 0, days: UInt64 = 0,
  now: UInt64 = removalTime
) async throws -> RemovalReport {
  try await Prune(fleet, level, keepingMore: more, deferredDays: days, now: now)
    .run(isConfirmed: true)
}

extension Array {
  func asyncMap<Result>(
    _ transform: (Element) async throws -> Result
  ) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
