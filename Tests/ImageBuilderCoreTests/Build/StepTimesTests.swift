import SystemPackage
import TestSupport
import Testing

@testable import ImageBuilderCore

@Suite struct StepTimesTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  @Test func theTableHasStepsInTheOrderOfTheirBeginnings() throws {
    let file = try fixture.write(
      "steps",
      """
      2\t300\t640000000\t50-late\n1\t200\t1250000000\timage hooks\n0\t100\t12000000000\timage
      0\t50\t400000000\tostree\n\nnonsense\n

      """)
    #expect(
      StepTimes(file).table(total: .milliseconds(12_500)) == """
        ostree          0.4 s
        image          12.0 s
          image hooks   1.3 s
            50-late     0.6 s
        total          12.5 s
        """)
  }

  @Test func measuredStepsStandInTheTable() async throws {
    let times = StepTimes(fixture.path("steps"))
    let result = try await times.measure("stage", level: .stage) {
      await times.measure("quick", minimum: .seconds(3600)) {}
      return try await times.measure("inner") { try Shell.run("echo done").lines }
    }
    #expect(result == ["done"])
    await #expect(throws: ShellFailure.self) {
      try await times.measure("failing") { _ = try Shell.run("false") }
    }
    let names = times.table(total: .zero).split(separator: "\n").map {
      $0.split(separator: " ").first.map(String.init)
    }
    #expect(names == ["stage", "inner", "failing", "total"])
  }

  @Test func withoutARecordThereIsTheTotal() {
    #expect(StepTimes("/nowhere/steps").table(total: .seconds(3)) == "total  3.0 s")
  }
}
