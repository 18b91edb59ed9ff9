import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct RemoteFileTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
    try fixture.write("file", "content\n")
  }

  private func fetch(_ url: String, atMost limit: Int = 8) throws(TransferError) -> [UInt8] {
    try RemoteFile.bytes(of: url, maximumSizeInBytes: limit, timeoutInSeconds: 600)
  }

  @Test func aSmallFileIsFetchedAndALargeOneRefused() throws {
    let server = try HTTPServer(fixture.directory)
    #expect(try fetch("\(server.url)/file") == Array("content\n".utf8))
    let large = #expect(throws: TransferError.self) { try fetch("\(server.url)/file", atMost: 7) }
    #expect(large?.kind == .tooLarge)
    let missing = #expect(throws: TransferError.self) { try fetch("\(server.url)/nowhere") }
    #expect(missing?.message == "the server answered 404" && missing?.isAbsence == true)
    #expect(throws: TransferError.self) { try fetch("file://\(fixture.path("file"))") }
  }

  @Test func nobodyListeningIsToldWithoutThePassword() {
    let error = #expect(throws: TransferError.self) {
      try fetch("http://user:secret@127.0.0.1:1/config")
    }
    #expect(error?.kind == .connection && error?.isAbsence == false)
    #expect(error?.description.hasPrefix("cannot fetch http://127.0.0.1:1/config: ") == true)
    #expect(error?.description.contains("secret") == false)
  }

  @Test func aCertificateOfAnUnknownAuthorityIsToldAsThat() throws {
    let server = try HTTPServer(fixture.directory, hasCertificate: true)
    let error = #expect(throws: TransferError.self) { try fetch("\(server.url)/file") }
    #expect(error?.kind == .untrustedCertificate)
    #expect(error?.message.contains("SSH remote key") == false, "\(error!)")
  }
}
