import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Signatures that are made and verified from the digest of a file, compared with those of GnuPG,
/// which reads the file.
@Suite struct DigestSignatureTests {
  let fixture: Fixture
  let home: FilePath
  let file: FilePath
  let signature: FilePath

  init() throws {
    fixture = try Fixture()
    home = try fixture.makeDirectory("gnupg")
    file = try fixture.write("file", String(repeating: "content\n", count: 1000))
    signature = fixture.path("file.asc")
    let home = home
    fixture.atEnd { _ = try? Shell.run("gpgconf --homedir '\(home)' --kill all") }
    try Shell.run("chmod 700 '\(home)'")
  }

  private func gpg(_ arguments: String) throws -> [String] {
    try Shell.run("gpg --homedir '\(home)' --batch --quiet --passphrase '' \(arguments)").lines
  }

  private func makeKey(_ algorithm: String, _ expiry: String = "never") throws -> FilePath {
    _ = try gpg("--quick-gen-key 'Test <test@example.invalid>' \(algorithm) sign \(expiry)")
    return try export()
  }

  private func export() throws -> FilePath {
    let publicKey = fixture.path("key.asc")
    _ = try gpg("--armor --export >'\(publicKey)'")
    return publicKey
  }

  private func signByDigest(_ id: String = "test@example.invalid") async throws {
    try await SigningKey.with(id, copying: home) {
      try await $0.sign(Artifact(file), to: signature)
    }
  }

  private func signer(_ key: FilePath) async throws -> String {
    let content = try FileFacts(of: file)
    return try await TrustedSigners.with([key]) { signers in
      try await #require(signers).signer(of: signature, over: content, in: file)
    }
  }

  private func refusal(_ key: FilePath) async -> String? {
    await #expect(throws: TrustedSigners.Refusal.self) { try await signer(key) }?
      .description
  }

  @Test(arguments: [
    "rsa2048", "dsa2048", "ed25519", "nistp256", "nistp384", "nistp521", "brainpoolP512r1",
  ])
  func bothAgreeWithGnuPG(algorithm: String) async throws {
    let publicKey = try makeKey(algorithm)
    let fingerprint = try gpg("--with-colons -k | awk -F: '/^fpr/ { print $10; exit }'")[0]

    // About half of the responses of the agent contain a byte that its protocol escapes.
    for round in 1...8 {
      try await signByDigest()
      _ = try gpg("--verify '\(signature)' '\(file)' 2>&1")
      #expect(try await signer(publicKey) == fingerprint, "round \(round)")
      try Shell.run("echo \(round) >>'\(file)'")
    }

    _ = try gpg("--yes --armor --output '\(signature)' --detach-sign '\(file)'")
    #expect(try await signer(publicKey) == fingerprint)

    try Shell.run("echo more >>'\(file)'")
    #expect(await refusal(publicKey)?.contains("Bad signature") == true)
  }

  @Test func escapesOfTheAgentAreTakenAway() {
    #expect(
      SigningAgent.unescaped(Array("a%25b%0A%0d%%2541".utf8)) == Array("a%b\n\r%%41".utf8))
    #expect(SigningAgent.unescaped(Array("%2".utf8)) == Array("%2".utf8))
  }

  @Test func theNewestSubkeyThatCanSignSigns() async throws {
    _ = try makeKey("rsa2048")
    let primary = try gpg("--with-colons -k | awk -F: '/^fpr/ { print $10; exit }'")[0]
    _ = try gpg("--quick-add-key \(primary) ed25519 sign never")
    let publicKey = try export()
    let subkey = try gpg("--with-colons -k | awk -F: '/^fpr/ { print $10 }' | tail -n 1")[0]
    try await signByDigest()
    let verified = try gpg("--status-fd 1 --verify '\(signature)' '\(file)' 2>/dev/null")
    #expect(verified.contains { $0.contains("VALIDSIG \(subkey)") }, "\(verified)")
    #expect(try await signer(publicKey) == primary)
  }

  @Test func noBitOfASignatureCanChange() async throws {
    let publicKey = try makeKey("ed25519")
    try await signByDigest()
    let text = try String(contentsOfFile: signature.string, encoding: .utf8)
    let packet = try #require(ArmoredSignature.packet(in: text))
    #expect(try SignaturePacket(parsing: packet).bytes == packet)
    let content = try FileFacts(of: file)
    try await TrustedSigners.with([publicKey]) { signers in
      for position in packet.indices {
        var changed = packet
        changed[position] ^= UInt8(1 << (position % 8))
        try ArmoredSignature.text(of: changed)
          .write(toFile: signature.string, atomically: false, encoding: .utf8)
        await #expect(throws: TrustedSigners.Refusal.self, "byte \(position)") {
          try await #require(signers).signer(of: signature, over: content, in: file)
        }
      }
    }
  }

  @Test func aSignatureByAStrangerIsRefused() async throws {
    let publicKey = try makeKey("ed25519")
    let stranger = try SigningFixture(fixture, name: "stranger")
    try await SigningKey.with(stranger.fingerprint, copying: stranger.home) {
      try await $0.sign(Artifact(file), to: signature)
    }
    #expect(await refusal(publicKey)?.contains("No public key; expected a signature by") == true)
  }

  @Test func expiredSignaturesAndKeysAreRefused() async throws {
    let old = "--faked-system-time 20200101T000000!"
    _ = try gpg("\(old) --quick-gen-key 'Test <test@example.invalid>' ed25519 sign never")
    let publicKey = try export()
    let sign = "--yes --armor --output '\(signature)' --detach-sign '\(file)'"
    _ = try gpg("\(old) --default-sig-expire 1d \(sign)")
    #expect(await refusal(publicKey) == "has expired")
    _ = try gpg("--faked-system-time 20990101T000000! \(sign)")
    #expect(await refusal(publicKey) == "was made in the future")
    _ = try gpg("\(old) \(sign)")
    let fingerprint = try gpg("--with-colons -k | awk -F: '/^fpr/ { print $10; exit }'")[0]
    #expect(try await signer(publicKey) == fingerprint)
    _ = try gpg("--faked-system-time 20200102T000000! --quick-set-expire \(fingerprint) 1d")
    #expect(await refusal(try export())?.contains("Key expired") == true)
  }

  @Test func aKeyWithAPassphraseIsRefusedAtOnce() async throws {
    try Shell.run(
      """
      gpg --homedir '\(home)' --batch --quiet --pinentry-mode loopback --passphrase secret \
        --quick-gen-key 'Test <test@example.invalid>' ed25519 sign never
      gpgconf --homedir '\(home)' --kill all
      """)
    await #expect(throws: (any Error).self) { try await signByDigest() }
    #expect(!FileManager.default.fileExists(atPath: signature.string))
  }

  @Test(
    arguments: [
      [], [0x88], [0x88, 200, 4], [0x8b, 1], [0xc2, 0xff, 0, 0], [0xc2, 224, 1], [0x99, 0, 1, 4],
      [0x88, 2, 3, 0], [0x88, 6, 4, 0, 22, 8, 0xff, 0xff], [0x88, 4, 4, 0, 22, 2],
      [0x88, 4, 4, 0, 99, 8], [0x88, 8, 4, 0, 22, 8, 0, 2, 0, 33],
      [0x88, 8, 4, 0, 22, 8, 0, 1, 255, 0],
    ] as [[UInt8]])
  func whatIsNoSignatureIsMalformed(packet: [UInt8]) {
    #expect(throws: SignaturePacket.Malformed.self) { try SignaturePacket(parsing: packet) }
  }
}
