import TestSupport
import Testing

/// Tests `.ci/check-arrows` with a module of three folders, one of which uses both others.
@Suite struct FloorsTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
    try fixture.write(
      "Sources/Low/Shelf.swift",
      """
      struct Shelf { var width = 1 }
      func shelf() -> Shelf { Shelf() }
      """)
    try fixture.write(
      "Sources/High/Book.swift",
      """
      import Glibc
      struct Book {}
      func book() -> Book { Book() }
      extension Shelf { var pages: Int { width } }
      """)
    try fixture.write(
      "Sources/Low/Planted/Upward.swift",
      """
      let type = Book.self
      let function = book()
      let member = shelf().pages
      """)
    try Shell.run(
      """
      cd '\(fixture.directory)'; mkdir objects; cd objects
      swiftc -c -index-store-path ../index -index-ignore-system-modules -module-name House \
        $(find ../Sources -name '*.swift')
      """)
  }

  private func check(_ floors: String..., options: [String] = []) throws -> Outcome {
    try fixture.write(".ci/floors", floors.joined(separator: "\n"))
    return try Shell.start(
      Checkout.directory.appending(".ci/check-arrows").string,
      ["--root", fixture.directory.string, "--store", fixture.path("index").string] + options)
  }

  private func problems(_ outcome: Outcome) -> [String] {
    #expect(outcome.status == 1)
    return outcome.errors.split(separator: "\n").map(String.init)
  }

  @Test func whatIsBelowMayBeUsed() throws {
    let outcome = try check("Low # the cellar", "High", "", "# A folder of Low's.", "Low/Planted")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.lines == ["checked 3 files in 3 rooms"])
  }

  @Test func foldersOfOneRoomMayUseEachOther() throws {
    let outcome = try check("Low High")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func whatIsAboveMayNotBeUsed() throws {
    #expect(
      try problems(check("Low", "High")) == [
        "Sources/Low/Planted/Upward.swift:1: uses Book of Sources/High/Book.swift, a room above it",
        "Sources/Low/Planted/Upward.swift:2: uses book() of Sources/High/Book.swift, a room above it",
        "Sources/Low/Planted/Upward.swift:3: uses pages of Sources/High/Book.swift, a room above it",
      ])
  }

  @Test func everyFileBelongsToOneRoomThatExists() throws {
    #expect(
      try problems(check("Low", "Low/Planted", "Attic", "Low")) == [
        ".ci/floors:3: there is no Sources/Attic",
        ".ci/floors:4: Low is listed twice",
        "Sources/High/Book.swift:1: belongs to no room of .ci/floors",
      ])
  }

  @Test func someModulesAreImportedInSomePlacesOnly() throws {
    let rooms = "Low\nHigh\nLow/Planted"
    #expect(
      try problems(check(rooms, "import G*: Low")) == [
        "Sources/High/Book.swift:1: imports Glibc, which only Low may"
      ])
    #expect(try check(rooms, "import Glibc: Low High/Book.swift").status == 0)
  }

  @Test func theIndexMustBeUpToDate() throws {
    try Shell.run("touch '\(fixture.path("Sources/Low/Shelf.swift"))'")
    let outcome = try check("Low High")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("the index is older than"))
    #expect(outcome.errors.contains("Sources/Low/Shelf.swift; run: swift build"))
  }

  @Test func usesAreATable() throws {
    #expect(
      try check("Low", "High", "Low/Planted", options: ["--uses"]).lines.suffix(3) == [
        "| Low | 1 | 2 |  |", "| High | 1 | 4 | Low |", "| Low/Planted | 1 | 3 | Low, High |",
      ])
  }
}
