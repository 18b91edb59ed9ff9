import Configuration
import Testing

@testable import ImageBuilderCore

/// The answer of `fleet state`.
@Suite struct FleetTableTests {
  private let now: UInt64 = 1_795_000_000

  private func state(
    _ personality: String, _ need: FleetNeed, hoursAgo: UInt64? = 8, held: Bool? = true
  ) -> MemberState {
    MemberState(
      name: "eos/master/amd64/amd64/\(personality)",
      newest: hoursAgo.map {
        MemberState.Newest(
          version: "eos-master-amd64-amd64.261128-020000.\(personality)",
          buildVersion: "261128-020000", secondsSinceEpoch: now - $0 * 3600, isReleased: false)
      },
      places: [MemberState.Place(name: "directory", hasNewest: held)], need: need)
  }

  private func table(_ states: [MemberState]) -> FleetTable {
    FleetTable(fleet: "nightly", states: states, notes: [], now: now)
  }

  @Test func linesFitIntoATerminal() {
    let text = table([
      state("en", .nothing),
      state(
        "pt_BR",
        .build([
          "the commit is another one (a13c40f2... -> 77e0519b...)",
          "the hook image/50-user was changed",
        ]), hoursAgo: 72),
      state("fr", .build(["there is no version"]), hoursAgo: nil, held: false),
      state("es", .endOfLife("2026-10-01"), held: nil),
    ]).text(hasColors: false)
    #expect(
      text == """
        variant                       newest         age  at          state
        eos/master/amd64/amd64/en     261128-020000  8 h  directory   up to date
        eos/master/amd64/amd64/pt_BR  261128-020000  3 d  directory   to build
            the commit is another one (a13c40f2... -> 77e0519b...)
            the hook image/50-user was changed
        eos/master/amd64/amd64/fr     -                               to build
            there is no version
        eos/master/amd64/amd64/es     261128-020000  8 h  directory?  end of life
            it is not built since 2026-10-01 (release:end_of_life)
        4 variants: 1 up to date, 2 to build, 1 end of life

        """)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func longReasonsAreBrokenAtBlanks() {
    let reason = String(repeating: "word ", count: 40) + String(repeating: "x", count: 90)
    let lines = FleetTable.wrapped(reason, to: 80).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines.dropLast().allSatisfy { $0.count <= 80 })
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("      ") })
  }

  @Test func hostileTextCommandsNoTerminal() {
    let text = table([state("en", .unknown("\u{1B}[2Jgone\u{7}"))]).text(hasColors: false)
    #expect(
      !text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
  }

  @Test func coloursAreForTheStateOnly() {
    let text = table([state("en", .nothing)]).text(hasColors: true)
    #expect(text.contains("\u{1B}[32mup to date\u{1B}[0m"))
    #expect(text.filter { $0 == "\u{1B}" }.count == 2)
  }

  @Test func manyReasonsAreCounted() {
    let reasons = (1...7).map { "the setting image:a\($0) was changed" }
    let text = table([state("en", .build(reasons))]).text(hasColors: false)
    #expect(text.contains("image:a4") && !text.contains("image:a5"))
    #expect(text.contains("and 3 more"))
  }

  @Test func jsonHasAllReasons() throws {
    let reasons = (1...7).map { "reason \($0)" }
    let json = try JSONValue(parsing: table([state("en", .build(reasons), held: nil)]).json())
    let variant = try #require(json["variants"]?.members.first)
    #expect(variant["reasons"]?.members.count == 7)
    #expect(variant["state"]?.string == "to build")
    #expect(variant["destinations"]?.members.first?["holds_newest"] == .null)
    #expect(json["schema"] == .integer(1))
  }
}
