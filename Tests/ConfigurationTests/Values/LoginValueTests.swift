import TestSupport
import Testing

@testable import Configuration

@Suite struct LoginValueTests {
  private static let bytes =
    "AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
  private static let key = "ssh-ed25519 \(bytes) ada@example.com"

  private func problems(_ value: LoginValue, _ text: String) -> [String] {
    value.problems(in: text).map { "\($0.line) \($0.isError ? "" : "perhaps ")\($0.text)" }
  }

  @Test(arguments: [
    key, "\n\(key)\n\n# a comment\n\(key)\n",
    "from=\"10.0.0.*,host.example.com\",command=\"echo \\\"a b\\\"\",no-PTY \(key)",
    "sk-ssh-ed25519@openssh.com "
      + "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh"
      + "AAAABHNzaDo=",
  ])
  func keysAreAccepted(text: String) {
    #expect(problems(.authorizedKeys, text) == [])
  }

  @Test(arguments: [
    ("/root/.ssh/id_ed25519.pub", "0 is the place of a file"),
    ("id_ed25519.pub", "0 is the place of a file"),
    ("https://example.com/ada.keys", "0 is the place of a file"),
    ("ssh-ed25519\n\(bytes)\nada", "0 has a key that is broken into several"),
    ("\(key)\nssh-ed25519 AAAAC3NzaC1lZDI1NT", "1 has a key that is broken into several"),
    ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEB", "0 has a key that is cut off"),
    ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "0 has a key that is cut off"),
    ("ssh-rsa \(bytes) ada", "0 has a key of another type"),
    ("\(key) \(key)", "0 has a line with two keys"),
    ("ada@example.com", "0 has a line that is no public key"),
    ("ssh-ed2551 \(bytes)", "0 has a line that is no public key"),
    ("- \(key)", "0 has a key with something before its type that is no option of sshd"),
    ("\"\(key)\"", "0 has a line that is no public key"),
    ("no-ptty \(key)", "no option of sshd; did you mean no-pty?"),
    ("ssh-ed25519 AAAA ada", "0 perhaps has 1 key that sshd probably cannot read"),
    ("\nssh-ed25519 AAAA\nssh-rsa AAAA", "1 perhaps has 2 keys, the first one here, that sshd"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n-----END", "0 contains a secret key"),
    ("\(key)\nb3BlbnNzaC1rZXktdjEAAAAA", "1 contains a secret key"),
    ("-----BEGIN RSA PRIVATE KEY-----", "0 contains a secret key"),
    ("PuTTY-User-Key-File-3: ssh-ed25519", "0 contains a secret key"),
  ])
  func aBadKeyIsExplained(text: String, message: String) {
    let found = problems(.authorizedKeys, text)
    #expect(found.count == 1 && found[0].contains(message), "\(found)")
  }

  @Test(arguments: [
    "$6$salt$" + String(repeating: "x", count: 86),
    "$6$rounds=5000$salt$" + String(repeating: "x", count: 86),
    "$5$salt$" + String(repeating: "x", count: 43),
    "$y$j9T$salt$" + String(repeating: "x", count: 43),
    "$2b$12$" + String(repeating: "x", count: 53),
  ])
  func hashesAreAccepted(hash: String) {
    #expect(problems(.passwordHash, hash) == [])
  }

  @Test(arguments: [
    ("open sesame", "0 is not a crypt(5) hash (a password as it is typed?)"),
    ("$6$salt$xxxx", "0 is a crypt(5) hash that is cut off"),
    ("$6$salt$" + String(repeating: "x", count: 86) + "=", "0 is a crypt(5) hash that is cut off"),
    ("$1$salt$abcdefghijklmnopqrstuv", "0 is a hash by a method that is not accepted"),
    ("!", "0 is not a crypt(5) hash"),
  ])
  func anotherHashIsExplainedAndNotRepeated(text: String, message: String) {
    let found = problems(.passwordHash, text)
    #expect(found.count == 1 && found[0].hasPrefix(message), "\(found)")
    #expect(!found[0].contains(text) || text == "!")
  }

  @Test func aUserHasAShortNameInLowerCase() {
    for name in ["ada", "_x", "a-1_b", String(repeating: "a", count: 32)] {
      #expect(problems(.userName, name) == [], "\(name)")
    }
    for name in ["Ada", "1a", "-a", "a b", "a:b", "ada\n", String(repeating: "a", count: 33)] {
      #expect(problems(.userName, name).count == 1, "\(name)")
    }
  }

  @Test func problemsNameTheLineAndNotTheValue() throws {
    let site = try Site([
      "config/defaults.ini": """
      [login]
      user = Ada
      password_hash = open sesame
      ssh_authorized_keys =
        \(Self.key)
        -----BEGIN OPENSSH PRIVATE KEY-----
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmU
      """
    ])
    let error = #expect(throws: ConfigurationError.self) { try site.load().validate() }
    let messages = error?.single.map(\.description) ?? []
    let file = site.fixture.path("config/defaults.ini")
    #expect(messages.count == 3)
    #expect(messages.contains { $0.hasPrefix("\(file):2: login:user is not the name of a user") })
    #expect(messages.contains { $0.hasPrefix("\(file):3: login:password_hash is not a crypt(5)") })
    #expect(
      messages.contains { $0.hasPrefix("\(file):6: login:ssh_authorized_keys contains a secret") })
    #expect(!messages.joined().contains("sesame") && !messages.joined().contains("b3Blb"))
    let shown = try site.load().rendered(.public, resolved: false)
    #expect(shown.contains("password_hash = <private>") && !shown.contains("sesame"))
  }

  @Test func aDoubtfulKeyIsAWarning() throws {
    let site = try Site([
      "config/defaults.ini": "[login]\nuser = ada\nssh_authorized_keys = ssh-rsa AAAA ada\n"
    ])
    let configuration = try site.load()
    #expect(throws: Never.self) { try configuration.validate() }
    #expect(configuration.warnings.contains { "\($0)".contains("sshd probably cannot read") })
  }
}
