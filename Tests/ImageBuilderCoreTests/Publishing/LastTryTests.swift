import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// What a destination says of the last build of a variant.
@Suite struct LastTryTests {
  private let site: Site
  private var settings: String { "[publish]\ndirectory = \(site.fixture.path("images"))\n" }

  init() throws {
    site = try Site([:])
    _ = try site.fixture.makeDirectory("images")
    try site.fixture.write("log", "12:00:00 the log\n")
  }

  private func end(_ version: String, _ message: String?, keeping count: Int = 2) async throws {
    let publisher = try Publisher(site, settings: settings, version: version)
    var failure = message.map { Failure(stage: .image, $0) }
    failure?.lastLines = ["curl: (6) Could not resolve host"]
    failure?.findCause(killedForMemory: nil)
    let destination = try publisher.destination
    let problems = await LastTry(
      publisher.version, publisher.paths, failure == nil ? .success : .unavailable,
      seconds: 7, failure
    ).write(
      to: [destination], page: "the page\n", log: site.fixture.path("log"),
      keeping: count)
    #expect(problems.isEmpty, "\(problems)")
  }

  private var last: LastTryRecord {
    get async throws {
      let publisher = try Publisher(site, settings: settings, version: "1")
      let files = try #require(try publisher.destination.sharedFiles)
      return try #require(try await LastTryRecord.read(publisher.version.variant, from: files))
    }
  }

  @Test func theLastFailuresAreKeptUntilASuccess() async throws {
    for version in ["1", "2", "3"] {
      try await end(version, "failure \(version)")
      let name = "eos-eos5.1-amd64-amd64.\(version).en.build.txt"
      try Shell.run(
        "touch -d '-\(9 - Int(version)!) minutes' '\(site.fixture.path("images"))/failed/\(name)'")
    }
    let folder = site.fixture.path("images/failed")
    let names = ["2", "3"].map { "eos-eos5.1-amd64-amd64.\($0).en.build.txt" }
    #expect(Directories.names(in: folder) == names)
    #expect(try FileAccess.text(of: folder.appending(names[1])) == "the page\n\n12:00:00 the log\n")
    let failed = try await last
    #expect(failed.message == "failure 3" && failed.stage == .image && !failed.succeeded)
    #expect(failed.log == "failed/\(names[1])" && failed.status == 69)
    #expect(failed.cause?.hasPrefix("the name of a host was not found") == true)
    #expect(failed.lastLines == ["curl: (6) Could not resolve host"])
    #expect(try failed.node == Shell.run("uname -n").lines[0] && failed.seconds == 7)
    try await end("3", nil)
    #expect(Directories.names(in: folder) == [names[0]])
    let succeeded = try await last
    #expect(
      succeeded.succeeded && succeeded.status == 0 && succeeded.version == names[1].dropLast(10))
    #expect(succeeded.message == nil && succeeded.lastLines == nil && succeeded.log == nil)
  }

  @Test func aFileThatIsNoRecordOfTheVariantIsNone() async throws {
    let publisher = try Publisher(site, settings: settings, version: "1")
    let variant = publisher.version.variant
    let files = try #require(try publisher.destination.sharedFiles)
    #expect(try await LastTryRecord.read(variant, from: files) == nil)
    try await end("1", nil)
    let text = try site.fixture.text("images/.last/\(variant).json")
    for other in ["", "[]", text.replacing("/en", with: "/es"), text + "}"] {
      try site.fixture.write("images/.last/\(variant).json", other)
      #expect(try await LastTryRecord.read(variant, from: files) == nil, "\(other)")
    }
    try Shell.run(
      "cd '\(site.fixture.path("images"))'; rm -r .last; mkdir -p .last/\(variant).json")
    await #expect(throws: UnreachableDestination.self) {
      try await LastTryRecord.read(variant, from: files)
    }
  }

  @Test func aDestinationThatCannotBeWrittenIsTold() async throws {
    try site.fixture.write("images/.last", "a file")
    let publisher = try Publisher(site, settings: settings, version: "1")
    let problems = await LastTry(publisher.version, publisher.paths, .success, seconds: nil, nil)
      .write(
        to: [try publisher.destination], log: site.fixture.path("log"), keeping: 2)
    #expect(problems.count == 1 && problems[0].contains("\(site.fixture.path("images"))"))
  }
}
