import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// Keys that exist and cannot sign.
@Suite struct SigningKeyTests {
  let fixture: Fixture
  let home: FilePath

  init() throws {
    fixture = try Fixture()
    home = try fixture.makeDirectory("gnupg")
    let home = home
    fixture.atEnd { _ = try? Shell.run("gpgconf --homedir '\(home)' --kill all") }
    try Shell.run("chmod 700 '\(home)'")
  }

  private static let january = "--faked-system-time 20200101T000000!"

  @discardableResult
  private func gpg(_ arguments: String) throws -> [String] {
    try Shell.run(
      "gpg --homedir '\(home)' --batch --quiet --pinentry-mode loopback --passphrase '' \(arguments)"
    ).lines
  }

  private func makeKey(_ usage: String, _ expiry: String, at time: String = "") throws -> String {
    try gpg("\(time) --quick-gen-key 'Test <test@example.invalid>' ed25519 \(usage) \(expiry)")
    return try gpg("--with-colons -k | awk -F: '/^fpr/ { print $10; exit }'")[0]
  }

  private func problem() async throws -> (SigningKeyProblem?, String) {
    let error = await #expect(throws: UnusableSigningKey.self) {
      try await SigningKey.with("test@example.invalid", copying: home) { _ in }
    }
    #expect(error?.exitStatus == .unavailable)
    guard case .key(let problem)? = error?.problem else { return (nil, "") }
    return (problem, error?.description ?? "")
  }

  @Test func aRevokedKeyIsTold() async throws {
    let key = try makeKey("sign", "never")
    let file = "\(home)/openpgp-revocs.d/\(key).rev"
    try Shell.run("sed -i 's/^:---/---/' '\(file)'")
    try gpg("--import '\(file)'")
    let (problem, text) = try await problem()
    #expect(problem == .revoked)
    #expect(text.contains("image:signing_keyid names the key \(key) in \(home), which is revoked"))
  }

  @Test func anExpiredKeyIsToldWithTheTimeAndTheRemedy() async throws {
    let key = try makeKey("sign", "10d", at: Self.january)
    let (problem, text) = try await problem()
    guard case .expired(let end) = problem else { throw Unexpected() }
    #expect(end.fingerprint == key && end.time == 1_577_836_800 + 10 * 86_400)
    #expect(text.contains("expired on 2020-01-11T00:00:00Z; extend it"))
    // What is told works.
    try gpg("--quick-set-expire \(key) 1y")
    try await SigningKey.with("test@example.invalid", copying: home) {
      #expect($0.fingerprint == key)
    }
  }

  @Test func theSubkeyThatSignsMayHaveExpiredAlone() async throws {
    let key = try makeKey("cert", "never", at: Self.january)
    try gpg("\(Self.january) --quick-add-key \(key) ed25519 sign 10d")
    let (problem, text) = try await problem()
    guard case .expired(let end) = problem else { throw Unexpected() }
    #expect(end.fingerprint != key && end.time == 1_577_836_800 + 10 * 86_400)
    #expect(text.contains("--quick-set-expire \(key) 1y \(end.fingerprint))"))
    try gpg("--quick-set-expire \(key) 1y \(end.fingerprint)")
    try await SigningKey.with("test@example.invalid", copying: home) { _ in }
  }

  @Test func aKeyWithoutAPartThatSignsIsTold() async throws {
    let key = try makeKey("cert", "never")
    let (problem, text) = try await problem()
    #expect(problem == .cannotSign)
    #expect(text.contains("--quick-add-key \(key) default sign 2y"))
    try gpg("--quick-add-key \(key) default sign 2y")
    try await SigningKey.with("test@example.invalid", copying: home) { _ in }
  }

  @Test func aSecretPartThatIsNotHereIsTold() async throws {
    let key = try makeKey("cert", "never")
    try gpg("--quick-add-key \(key) ed25519 sign never")
    let grip = try gpg(
      "--with-colons --with-keygrip -K | awk -F: '/^grp/ { print $10 }' | tail -n 1")
    try Shell.run("rm '\(home)/private-keys-v1.d/\(grip[0]).key'")
    let (problem, text) = try await problem()
    #expect(problem == .secretPartAbsent)
    #expect(text.contains("import it: gpg --homedir"))
  }

  @Test func theEndOfAKeyIsTheEarlierOfItsOwnAndThatOfItsPrimaryKey() throws {
    let key = try makeKey("cert", "2099-01-02")
    try gpg("--quick-add-key \(key) ed25519 sign 2098-01-02")
    let keys = try gpg("--with-colons -k | awk -F: '/^fpr/ { print $10 }'")
    let gnupg = try OpenPGP(homeDirectory: home)
    let ends = try keys.map { try gnupg.expiration(ofKey: $0) }
    let first = try #require(ends[0]), second = try #require(ends[1])
    #expect(first.fingerprint == keys[0] && second.fingerprint == keys[1])
    let days = (first.time - second.time) / 86_400
    #expect((364...366).contains(days), "\(days)")
  }

  private struct Unexpected: Error {}
}
