import TestSupport
import Testing

@testable import Bindings

@Suite struct HostResourcesTests {
  @Test func availableMemoryIsAPartOfTheMemory() throws {
    let available = try #require(HostResources.availableMemoryInBytes)
    let total = try Shell.run("grep -m1 -o '[0-9]*' /proc/meminfo").lines[0]
    #expect(try (1 << 20..<#require(UInt64(total)) << 10).contains(available))
  }
}
