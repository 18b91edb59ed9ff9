import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// How many machines are booted beside each other.
@Suite struct BootSlotsTests {
  @Test func noMoreMachinesThanSlots() async throws {
    let site = try Site([:])
    let publisher = try Publisher(site, settings: "", version: "1")
    let slots = BootSlots(publisher.paths, count: 2)
    var locks = try await [slots.take {}, slots.take {}]
    let third = Task {
      let lock = try await slots.take {
        _ = try? Shell.run("touch '\(site.fixture.path("waits"))'")
      }
      return FileLock.isHeld(publisher.paths.cacheDirectory.appending("boot-slots/1.lock"))
        && withExtendedLifetime(lock) { true }
    }
    for _ in 0..<6000 where !site.fixture.exists("waits") {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(site.fixture.exists("waits"))
    locks.removeFirst()
    #expect(try await third.value)
    withExtendedLifetime(locks) {}
  }
}
