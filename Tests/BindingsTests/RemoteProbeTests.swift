import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct RemoteProbeTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  @Test func whatIsThereIsFound() throws {
    try fixture.write("config", "")
    let server = try HTTPServer(fixture.directory)
    try RemoteProbe.check("\(server.url)/config", timeoutInSeconds: 10)
    try RemoteProbe.check("file://\(fixture.path("config"))", timeoutInSeconds: 10)
  }

  @Test func anHTTPErrorIsTold() throws {
    let server = try HTTPServer(fixture.directory)
    let error = #expect(throws: TransferError.self) {
      try RemoteProbe.check("\(server.url)/config", timeoutInSeconds: 10)
    }
    #expect(error?.message == "the server answered 404")
  }

  @Test func nobodyListeningIsTold() {
    let error = #expect(throws: TransferError.self) {
      try RemoteProbe.check("http://127.0.0.1:1/config", timeoutInSeconds: 10)
    }
    #expect(error?.description.hasPrefix("cannot fetch http://127.0.0.1:1/config: ") == true)
  }
}
