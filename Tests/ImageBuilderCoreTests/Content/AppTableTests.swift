import Bindings
import Testing

@testable import ImageBuilderCore

@Suite struct AppTableTests {
  private func text(
    _ list: AppList = .example, _ grouping: AppTable.Grouping = .runtime,
    trim: AppTrim? = nil, kept: Set<String> = []
  ) -> [String] {
    AppTable(list, personality: "pt_BR", trim: trim, kept: kept).text(grouping)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func applicationsAreBelowTheirRuntime() {
    #expect(
      text() == [
        "org.example.P//1",
        "ID                           Remote    Installed    Download",
        "org.example.P//1             example       400 B        40 B",
        "  org.example.P.Locale//1    example    <= 100 B     <= 10 B",
        "org.example.Two              example       200 B        20 B",
        "org.example.One              example       100 B        10 B",
        "  org.example.One.Locale//1  example     <= 10 B      <= 1 B",
        "                                        <= 810 B     <= 81 B",
        "",
        "org.example.Q//1",
        "ID                           Remote    Installed    Download",
        "org.example.Q//1             example       700 B        70 B",
        "org.example.Three            example        20 B         2 B",
        "                                           720 B        72 B",
        "",
        "all                                   <= 1.5 KiB    <= 153 B",
        "",
      ])
  }

  @Test func whatIsRemovedIsMarked() {
    let trim = AppTrim(.example, saving: 800, keeping: ["org.example.Three"])
    let lines = text(trim: trim, kept: ["org.example.Three"])
    func fate(_ name: String) -> Substring? {
      lines.first { $0.hasPrefix("\(name) ") }?.split(separator: " ").last
    }
    #expect(fate("org.example.One") == "yes" && fate("org.example.Two") == "yes")
    #expect(fate("org.example.P//1") == "yes" && fate("org.example.Q//1") == "no")
    #expect(fate("org.example.Three") == "never")
    let one = text(trim: AppTrim(.example, saving: 150, keeping: []))
    #expect(one.contains { $0.hasPrefix("org.example.P//1 ") && $0.hasSuffix(" no") })
  }

  @Test func byNatureThoseOfThePersonalityComeFirst() {
    let list = AppList(
      apps: ["Atlas.pt", "Book.pt_BR", "Other"].map { AppList.bundle(.app($0), 10) },
      runtimes: AppList.example.runtimes, wantedRuntimes: [])
    let lines = text(list, .nature)
    let places = [
      "Applications of pt_BR", "org.example.Atlas.pt ", "org.example.Book.pt_BR ", "Applications",
      "org.example.Other ", "Runtimes", "org.example.Q//1 ", "org.example.P//1 ",
    ].map { wanted in
      lines.firstIndex { wanted.hasSuffix(" ") ? $0.hasPrefix(wanted) : $0 == wanted } ?? -1
    }
    #expect(places == places.sorted() && !places.contains(-1), "\(places)")
  }

  @Test(arguments: AppTable.Grouping.allCases)
  func noLineIsWiderThanATerminal(grouping: AppTable.Grouping) {
    let long = "a.very.long.name.of.an.Application.that.nobody.would.choose"
    let list = AppList(
      apps: [
        AppList.bundle(
          .app(long), 9_999_999_999, needs: "P", extensions: [("\(long).L", 99_999_999)])
      ], runtimes: [AppList.bundle(.runtime("P"), 1_023_999)], wantedRuntimes: [])
    let lines = text(list, grouping, trim: AppTrim(list, saving: 1, keeping: []))
    // A name that is wider than the terminal cannot be shortened.
    for line in lines where !line.hasSuffix(long) && !line.hasSuffix("\(long).L//1") {
      #expect(line.count <= 80 && !line.hasSuffix(" "), "\(line)")
    }
    #expect(lines.contains("org.example.\(long)"))
  }

  @Test func anApplicationWithoutARuntimeHasAGroup() {
    let list = AppList(
      apps: [AppList.bundle(.app("A"), 1), AppList.bundle(.app("B"), 2, needs: "Gone")],
      runtimes: [], wantedRuntimes: [])
    #expect(text(list).first == "Applications without a runtime")
    #expect(text(list).filter { $0.hasPrefix("org.example.") }.count == 2)
  }

  @Test func anEmptyListIsASentence() {
    let none = AppList(apps: [], runtimes: [], wantedRuntimes: [])
    #expect(text(none) == ["The image gets no Flatpaks.", ""])
  }
}
