import TestSupport
import Testing

@testable import Configuration

@Suite struct ProcessorsTests {
  @Test func processorsAreThoseOfThisProcess() throws {
    #expect(try "\(Processors.count)" == Shell.run("nproc").lines[0])
  }
}
