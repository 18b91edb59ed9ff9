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
    let failure = message.map { Failure(stage: .image, $0) }
    let problems = await LastTry(version: publisher.version, failure: failure).write(
      to: [try publisher.destination], page: "the page\n", log: site.fixture.path("log"),
      keeping: count)
    #expect(problems.isEmpty, "\(problems)")
  }

  private var last: JSONValue {
    get throws {
      try JSONValue(parsing: site.fixture.text("images/.last/eos/eos5.1/amd64/amd64/en.json"))
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
    #expect(try last["message"]?.string == "failure 3" && last["stage"]?.string == "image")
    #expect(try last["log"]?.string == "failed/\(names[1])")
    #expect(try last["succeeded"] == .boolean(false))
    try await end("3", nil)
    #expect(Directories.names(in: folder) == [names[0]])
    #expect(try last["succeeded"] == .boolean(true) && last["message"] == .null)
  }

  @Test func aDestinationThatCannotBeWrittenIsTold() async throws {
    try site.fixture.write("images/.last", "a file")
    let publisher = try Publisher(site, settings: settings, version: "1")
    let problems = await LastTry(version: publisher.version, failure: nil).write(
      to: [try publisher.destination], log: site.fixture.path("log"), keeping: 2)
    #expect(problems.count == 1 && problems[0].contains("\(site.fixture.path("images"))"))
  }
}
