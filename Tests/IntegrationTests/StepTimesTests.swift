import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The events that a stage reports about its steps.
@Suite final class StepTimesTests: Sendable {
  private let events = Mutex<[StepEvent]>([])
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  private var times: StepTimes {
    StepTimes(.image) { event in self.events.withLock { $0.append(event) } }
  }

  private func ends() -> [StepEnd] {
    events.withLock { $0 }.compactMap { if case .end(_, let end) = $0 { end } else { nil } }
  }

  @Test func aStepBeginsAndEndsAlsoWhenItFails() async throws {
    await #expect(throws: ShellFailure.self) {
      try await times.measure("stage", level: .stage) {
        _ = try await times.measure("inner") { try Shell.run("sleep 0.05") }
        try await times.measure("failing") { _ = try Shell.run("false") }
      }
    }
    let names = events.withLock { $0 }.map { event in
      switch event {
      case .begin(let step): "begin \(step.label)"
      case .bytes: "bytes"
      case .end(_, let end): "end \(end.hasSucceeded)"
      }
    }
    #expect(
      names == [
        "begin image", "begin image: inner", "end true", "begin image: failing", "end false",
        "end false",
      ])
    #expect(ends()[0].elapsed >= .milliseconds(50) && ends()[2].elapsed >= ends()[0].elapsed)
  }

  @Test func aFileThatGrowsIsFollowed() async throws {
    let file = fixture.path("grown")
    try await times.measure("growing", writing: [file]) {
      _ = try Shell.run("head -c 1048576 /dev/urandom >'\(file)'; sync '\(file)'; sleep 1.5")
    }
    let sizes = events.withLock { $0 }.compactMap { event -> UInt64? in
      if case .bytes(_, let bytes) = event { bytes } else { nil }
    }
    #expect(sizes.last == 1 << 20)
    #expect(ends().first?.writtenBytes == 1 << 20)
  }
}
