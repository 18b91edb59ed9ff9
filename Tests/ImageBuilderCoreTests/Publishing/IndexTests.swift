import Bindings
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// The index of a directory.
@Suite struct IndexTests {
  let site: Site
  private var directory: FilePath { site.fixture.path("images") }
  private var settings: String { "[publish]\ndirectory = \(directory)\n" }

  init() throws {
    site = try Site([:])
    _ = try site.fixture.makeDirectory("images")
  }

  private func publisher(_ version: String, personality: String = "en") throws -> Publisher {
    try Publisher(site, settings: settings, personality: personality, version: version)
  }

  private func index() throws -> IndexDocument {
    try #require(try IndexDocument(FileAccess.bytes(of: directory.appending("index.json"))))
  }

  @discardableResult
  private func publish(_ version: String, image: String = "image") async throws -> Publisher {
    let publisher = try publisher(version)
    try publisher.build(image: image)
    try await publisher.put()
    try await publisher.list()
    return publisher
  }

  @Test func aVersionIsListedWithItsFacts() async throws {
    let publisher = try await publish("1", image: "an image")
    let variant = try #require(try index().variants.first)
    #expect(variant.path == "eos/eos5.1/amd64/amd64/en" && variant.personality == "en")
    #expect(variant.latest == publisher.version.name)
    let version = try #require(variant.versions.first)
    let name = publisher.version.name
    #expect(version.buildVersion == "1" && version.commit == "c0ffee")
    #expect(version.osVersion == "12 <b>&" && version.productName == "eos")
    #expect(version.signer == "AB12" && version.isSigned && !version.isReleased)
    #expect(version.images == ["\(name).img.zst"])
    #expect(version.files.map(\.name) == ["\(name).img.zst", "\(name).manifest.json"])
    #expect(version.files.map(\.size) == [8, nil])
    let digest = MessageDigest.hexadecimal(of: "an image")
    #expect(version.files[0].sha256 == digest)
    #expect(version.boots.map(\.firmware) == ["bios"] && version.boots.map(\.result) == ["passed"])
    let latest = directory.appending("latest/eos/eos5.1/amd64/amd64/en/\(name).img.zst")
    #expect(try FileAccess.text(of: latest) == "an image")
    let page = try site.fixture.text("images/index.html")
    for text in [digest, "12 &lt;b&gt;&amp;", "bios ✓", "newest", "AB12"] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(page.contains("href=\"eos/eos5.1/amd64/amd64/en/\(name)/\(name).img.zst\""))
    #expect(!page.contains("<b>&"))
  }

  /// The function blocks its thread, of which tasks have few.
  private func makeIndexes(
    _ configuration: Configuration, _ kind: DestinationKind? = nil
  ) async throws -> [String] {
    try await BlockingWork.run { _ in try Indexes.make(configuration, kind: kind) }
  }

  @Test func theIndexIsMadeAgainFromWhatIsThere() async throws {
    let first = try await publish("1")
    try Shell.run("touch -d '1 hour ago' '\(directory)/\(first.version)/SHA256SUMS'")
    let second = try await publish("2")
    let whole = try index()
    #expect(whole.variants[0].versions.map(\.version) == [second, first].map(\.version.name))
    for damage in ["rm index.json", "echo '{' >index.json", "echo '{\"schema\": 1}' >index.json"] {
      try Shell.run("cd '\(directory)'; \(damage); rm index.html; rm -r latest")
      let lines = try await makeIndexes(second.configuration)
      #expect(lines == ["\(directory)/index.json; versions: 2, variants: 1"])
      #expect(try index() == whole, "\(damage)")
      try Shell.run("ls '\(directory)'/index.html '\(directory)'/latest/\(first.version.variant)/")
    }
    // Nothing at the top, hidden or without a list is a version.
    try Shell.run(
      """
      cd '\(directory)'; mkdir -p eos/eos5.1/amd64/amd64/en/{empty,.hidden} ostree/a/b/c/d/e failed
      touch eos/eos5.1/amd64/amd64/en/.hidden/SHA256SUMS ostree/a/b/c/d/e/SHA256SUMS eos/file
      """)
    _ = try await makeIndexes(second.configuration, .directory)
    #expect(try index() == whole)
    // A copy under another name has no manifest of that name.
    let copy = "eos/eos5.1/amd64/amd64/en/copy"
    try Shell.run("cd '\(directory)'; cp -a '\(first.version)' \(copy)")
    let lines = try await makeIndexes(second.configuration, .directory)
    #expect(
      lines.first == "warning: \(directory)/\(copy) is not listed in the index, because it has no "
        + "readable copy.manifest.json")
    #expect(try index() == whole)
    try Shell.run("cd '\(directory)'; rm -r \(copy)")
    try await second.destination.remove(second.version)
    try await second.list()
    #expect(try index().variants[0].versions.map(\.version) == [first.version.name])
    let latest = try FileAccess.text(
      of: directory.appending("latest/\(first.version.variant)/SHA256SUMS"))
    #expect(latest.contains(first.version.name))
    try await first.destination.remove(first.version)
    try Shell.run("rmdir '\(directory)'/eos/eos5.1/amd64/amd64/en/*")
    try await first.list()
    #expect(try index().variants.isEmpty)
  }

  @Test func anIndexOfANewerProgramIsLeftAlone() async throws {
    let text = "{\"schema\": 2}\n"
    try site.fixture.write("images/index.json", text)
    let publisher = try publisher("1")
    try publisher.build(image: "image")
    try await publisher.put()
    await #expect(throws: NewerIndex.self) { try await publisher.list() }
    #expect(try site.fixture.text("images/index.json") == text)
  }

  @Test func aVersionIsNeverReplacedAndOnlyTheSameOneIsAccepted() async throws {
    let first = try await publish("1")
    await #expect(throws: PublishingError.self) { try await first.put() }
    let destinations = try Destinations(first.configuration, first.paths)
    try await destinations.check(first.version, have: first.paths.outputDirectory)
    await #expect(throws: PublishingError.self) {
      try await destinations.check(first.version, have: nil)
    }
    try first.build(image: "another image")
    await #expect(throws: PublishingError.self) {
      try await destinations.check(first.version, have: first.paths.outputDirectory)
    }
    let reserved = try Site(["config/product/latest.ini": ""]).load(product: "latest")
    #expect(throws: PublishingError.self) { try PublishedVariant(reserved) }
  }

  /// A reader never sees a broken index, or a version that is not there.
  @Test func twelvePublishersAtOnceLeaveOneRightIndex() async throws {
    let publishers = try (1...12).map {
      try publisher("\($0)", personality: ["en", "es", "fr"][$0 % 3])
    }
    for publisher in publishers { try publisher.build(image: "image \(publisher.version)") }
    let directory = directory
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        var seen = 0
        while !Task.isCancelled {
          let file = directory.appending("index.json")
          if Directories.exists(file) {
            let document = try #require(try IndexDocument(FileAccess.bytes(of: file)))
            for variant in document.variants {
              for version in variant.versions {
                let list = "\(directory)/\(variant.path)/\(version.version)/SHA256SUMS"
                #expect(Directories.exists(FilePath(list)), "\(list)")
                seen += 1
              }
            }
          }
          await Task.yield()
        }
        return seen > 0
      }
      for publisher in publishers {
        group.addTask {
          try await publisher.put()
          try await publisher.list()
          return true
        }
      }
      for _ in publishers { _ = try await group.next() }
      group.cancelAll()
      #expect(try await group.next() == true, "the reader saw no version")
    }
    let document = try index()
    #expect(
      Set(document.variants.flatMap { $0.versions.map(\.version) })
        == Set(publishers.map(\.version.name)))
    let page = try site.fixture.text("images/index.html")
    #expect(page == IndexPage(document).text)
    for variant in document.variants {
      let link = Directories.linkTarget(of: directory.appending("latest/\(variant.path)"))
      #expect(link?.lastComponent?.string == variant.latest)
    }
    let names = try Shell.run("ls -A '\(directory)'").lines
    #expect(names == [".lock", "eos", "index.html", "index.json", "latest"])
  }
}
