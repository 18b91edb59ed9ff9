import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct OpenPGPTests {
  let fixture: Fixture
  let key: SigningFixture

  init() throws {
    fixture = try Fixture()
    key = try SigningFixture(fixture)
  }

  /// Creates a file and a detached signature of it with gpg.
  private func signedFile() throws -> (file: FilePath, signature: FilePath) {
    let file = try fixture.write("file", "content\n")
    try Shell.run("gpg --homedir '\(key.home)' --batch --armor --detach-sign '\(file)'")
    return (file, fixture.path("file.asc"))
  }

  @Test func aSignatureIsThatOfItsKey() throws {
    let (file, signature) = try signedFile()
    let gnupg = try OpenPGP(homeDirectory: key.home)
    #expect(try gnupg.fingerprintOfSecretKey("test@example.invalid") == key.fingerprint)
    #expect(try gnupg.verify(file, detachedSignature: signature) == key.fingerprint)
  }

  @Test func aSignatureOfOtherBytesIsRefused() throws {
    let (file, path) = try signedFile()
    let gnupg = try OpenPGP(homeDirectory: key.home)
    try fixture.write("file", "Content\n")
    let error = #expect(throws: OpenPGPError.self) {
      try gnupg.verify(file, detachedSignature: path)
    }
    #expect(error?.description == "cannot verify the signature \(path): Bad signature")
  }

  @Test func aMissingKeyIsNamed() throws {
    let gnupg = try OpenPGP(homeDirectory: key.home)
    let error = #expect(throws: OpenPGPError.self) {
      try gnupg.fingerprintOfSecretKey("0123456789ABCDEF")
    }
    #expect(error?.description.contains("0123456789ABCDEF") == true)
  }

  @Test func aFileThatIsNotThereIsNamed() throws {
    let gnupg = try OpenPGP(homeDirectory: key.home)
    let error = #expect(throws: OpenPGPError.self) {
      try gnupg.verify("/nowhere/file", detachedSignature: "/nowhere/file.asc")
    }
    #expect(error?.description.contains("/nowhere/file") == true)
  }
}
