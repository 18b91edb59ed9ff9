import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct SignatureTests {
  let fixture: Fixture
  let key: SigningFixture

  init() throws {
    fixture = try Fixture()
    key = try SigningFixture(fixture)
  }

  private func sign(_ options: String = "--armor", home: FilePath? = nil) throws -> FilePath {
    let signature = fixture.path("file.asc")
    try Shell.run(
      """
      echo content > '\(fixture.path("file"))'
      gpg --homedir '\(home ?? key.home)' --batch --quiet --yes \(options) -b -o '\(signature)' \
        '\(fixture.path("file"))'
      """)
    return signature
  }

  private func signer(_ keys: [FilePath], _ signature: FilePath) async throws -> String {
    try await TrustedSigners.with(keys) { signers in
      try await #require(signers).signer(of: signature, over: fixture.path("file"))
    }
  }

  @Test func theSignerOfAFileIsTold() async throws {
    #expect(try await signer([key.publicKey], try sign()) == key.fingerprint)
  }

  @Test func onlyTheFormThatGnuPGWritesIsTaken() throws {
    let text = try String(contentsOfFile: try sign().string, encoding: .utf8)
    #expect(ArmoredSignature.packet(in: text) != nil)
    for index in text.utf8.indices {
      var bytes = Array(text.utf8)
      let position = text.utf8.distance(from: text.startIndex, to: index)
      for bit: UInt8 in [1, 0x20, 0x80] {
        bytes[position] ^= bit
        #expect(
          ArmoredSignature.packet(in: String(decoding: bytes, as: UTF8.self)) == nil,
          "\(position)")
        bytes[position] ^= bit
      }
    }
    for other in [
      "", "\n", "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n", "x" + text,
      text + text, String(text.dropLast()),
      text.replacingOccurrences(of: "\n\n", with: "\nComment: x\n\n"),
      text.replacingOccurrences(of: "\n", with: "\r\n"),
    ] {
      #expect(ArmoredSignature.packet(in: other) == nil, "\(other)")
    }
  }

  @Test(arguments: [("never", "1d", "Signature expired"), ("10d", "none", "Key expired")])
  func whatHasExpiredIsRefused(key: String, signature: String, reason: String) async throws {
    let home = try fixture.makeDirectory("old")
    let publicKey = fixture.path("old.asc")
    fixture.atEnd { _ = try? Shell.run("gpgconf --homedir '\(home)' --kill all") }
    try Shell.run(
      """
      chmod 700 '\(home)'; gpg="gpg --homedir \(home) --batch --quiet"
      $gpg --faked-system-time 20200101T000000! --passphrase '' \
        --quick-gen-key 'Old <old@example.invalid>' ed25519 sign \(key)
      $gpg --armor --export > '\(publicKey)'
      """)
    let old = try sign(
      "--armor --faked-system-time 20200102T000000! --default-sig-expire \(signature)", home: home)
    let error = await #expect(throws: TrustedSigners.Refusal.self) {
      try await signer([publicKey], old)
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test func aWeakDigestIsRefused() async throws {
    let signature = try sign("--armor --digest-algo SHA1")
    let error = await #expect(throws: TrustedSigners.Refusal.self) {
      try await signer([key.publicKey], signature)
    }
    #expect(error?.description.contains("its digest (SHA1) is too weak") == true)
  }

  @Test func filesThatAreNoPublicKeysAreNamed() async throws {
    let secret = fixture.path("secret.asc")
    try Shell.run(
      "gpg --homedir '\(key.home)' --batch --armor --export-secret-keys > '\(secret)'")
    let empty = try fixture.write("empty", "")
    for (file, reason) in [(secret, "the file holds a secret key"), (empty, "holds no key")] {
      let error = await #expect(throws: UnusableKey.self) {
        try await TrustedSigners.with([file]) { _ in }
      }
      #expect(error?.description.contains("\(file) is not a file of public keys: ") == true)
      #expect(error?.description.contains(reason) == true, "\(error)")
      #expect(error?.exitStatus == .unavailable)
    }
  }

  @Test func withoutKeysThereAreNoSigners() async throws {
    try await TrustedSigners.with([]) { #expect($0 == nil) }
  }
}
