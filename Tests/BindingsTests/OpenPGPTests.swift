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

  @Test func aSignatureIsOneThatGPGAccepts() throws {
    let file = try fixture.write("file", "content\n")
    let gnupg = try OpenPGP(homeDirectory: key.home)
    #expect(try gnupg.fingerprintOfSecretKey("test@example.invalid") == key.fingerprint)
    let signature = try gnupg.detachedSignature(of: file, keyID: key.fingerprint)
    let path = try fixture.write("file.asc", String(decoding: signature, as: UTF8.self))
    try Shell.run("gpg --homedir '\(key.home)' --batch --verify '\(path)' '\(file)'")
    #expect(try gnupg.verify(file, detachedSignature: path) == key.fingerprint)
  }

  @Test func aSignatureOfOtherBytesIsRefused() throws {
    let file = try fixture.write("file", "content\n")
    let gnupg = try OpenPGP(homeDirectory: key.home)
    let signature = try gnupg.detachedSignature(of: file, keyID: key.fingerprint)
    let path = try fixture.write("file.asc", String(decoding: signature, as: UTF8.self))
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
      try gnupg.detachedSignature(of: "/nowhere/file", keyID: key.fingerprint)
    }
    #expect(error?.description.contains("/nowhere/file") == true)
  }
}
