import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct NetrcTests {
  private let fixture: Fixture
  private var path: FilePath { fixture.path("etc/netrc") }

  init() throws {
    fixture = try Fixture()
  }

  private func login(_ text: String, _ url: String, mode: Int = 0o600) throws -> Netrc.Login? {
    try fixture.write("etc/netrc", text, mode: mode)
    return try #require(try Netrc(path)).login(for: url)
  }

  private func refusal(_ text: String, mode: Int = 0o600) throws -> String {
    try fixture.write("etc/netrc", text, mode: mode)
    do {
      _ = try Netrc(path)?.login(for: "https://a/")
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("https://a/repo", "a"), ("http://A", "a"), ("https://a:443/x", "a"), ("https://b/", "b"),
    ("https://b:8080/", "port"), ("https://[::1]:8080/x", "six"), ("https://c/", "other"),
    ("https://a.b/", "other"), ("https://x@a/", "a"),
  ])
  func theEntryOfTheHostOrItsPortIsUsed(url: String, user: String) throws {
    let text = """
      # machine c login nobody password none
      machine a
        login a password word
      machine b login b password word machine b:8080 login port password word
      machine ::1 account x login six password word
      macdef init
      machine c login macro password none

      machine a login second password word
      default login other password word
      """
    #expect(try login(text, url) == Netrc.Login(user: user, password: "word"))
  }

  @Test func wordsMayHaveQuotesHashesAndBackslashes() throws {
    let text =
      "machine a login \"a b\" password \"p\\\"\\\\ #\"\nmachine b login x password #p\\\"w"
    #expect(try login(text, "https://a/") == Netrc.Login(user: "a b", password: "p\"\\ #"))
    let plain = try login(text, "https://b/")
    #expect(plain == Netrc.Login(user: "x", password: "#p\\\"w"))
    #expect(plain?.basicAuthorization == "Basic eDojcFwidw==")
  }

  @Test func whatCurlReadsIsReadInTheSameWay() throws {
    let server = try HTTPServer(
      fixture.directory,
      answer: """
        self.send_response(200)
        self.end_headers()
        self.wfile.write((self.headers.get("Authorization") or "").encode())
        return True
        """)
    for text in [
      "machine 127.0.0.1 login u password p", "default login u password \"a b\\\"c\"",
      "machine 127.0.0.1\r\n\tlogin u\r\n\tpassword p\r\n",
      "machine x login a password b\nmachine 127.0.0.1 login u password p\ndefault login d password e",
      "# machine 127.0.0.1 login no password no\nmachine 127.0.0.1 login u password \u{e9}",
      "machine 127.0.0.1 login first password 1\nmachine 127.0.0.1 login second password 2",
    ] {
      let own = try login(text, server.url)?.basicAuthorization
      let curl = try Shell.run("curl --silent --netrc-file '\(path)' '\(server.url)/'").output
      #expect(own == curl, "\(text)")
    }
  }

  @Test func aFileThatIsNotThereHasNoLogins() throws {
    #expect(try Netrc(path) == nil)
    #expect(try login("machine b login x password y", "https://a/") == nil)
    #expect(try login("", "https://a/") == nil)
  }

  @Test(arguments: [
    ("machine a login u password my secret", 1, "a word is none of machine, default"),
    ("\n\nmachine a\nlogin secret:1 password x", 4, "a user name contains a colon"),
    ("machine a login u\npassword", 2, "password has no value"),
    ("machine", 1, "machine has no value"),
    ("\nlogin secret", 2, "login comes before the first machine"),
    ("machine a password \"secret\n\"", 1, "a double quote is not closed"),
    ("machine b\nmachine a login secret", 2, "the entry has no password"),
    ("machine b\ndefault password secret", 2, "the entry has no login"),
  ])
  func aMistakeIsToldWithItsLineAndWithoutWords(text: String, line: Int, problem: String) throws {
    let message = try refusal(text)
    #expect(message.hasPrefix("\(path):\(line): \(problem)"), "\(message)")
    #expect(!message.contains("secret"))
  }

  @Test func onlyOwnerAndGroupMayReadIt() throws {
    let text = "machine a login u password secret"
    for mode in [0o644, 0o604, 0o602] {
      let message = try refusal(text, mode: mode)
      #expect(message.contains("every user can use its passwords; run: chmod 600 \(path)"))
    }
    #expect(try refusal(text, mode: 0o640) == "")
    try fixture.write("etc/netrc", text)
    #expect(try Netrc(path, mayBeExposed: true)?.secrets == ["secret", "u:secret"])
  }

  @Test func whatIsNoTextIsRefused() throws {
    try Shell.run("mkdir -p '\(fixture.path("etc"))'; printf 'machine \\377' > '\(path)'")
    try Shell.run("chmod 600 '\(path)'")
    #expect(throws: NetrcError.unreadable(path, reason: "it is not UTF-8 text")) {
      try Netrc(path)
    }
    try Shell.run("rm '\(path)'; mkfifo -m 600 '\(path)'")
    #expect(throws: NetrcError.self) { try Netrc(path) }
    try Shell.run("rm '\(path)'; truncate -s 3M '\(path)'; chmod 600 '\(path)'")
    #expect(throws: NetrcError.self) { try Netrc(path) }
  }

  @Test func passwordsAreReplacedInTextThatUsersSee() throws {
    let site = try Site(["etc/netrc": "machine a login user password word-of-mouth"])
    let filter = try site.load().secretFilter
    #expect(filter("> curl --user user:word-of-mouth") == "> curl --user <private>")
    let header = Netrc.Login(user: "user", password: "word-of-mouth").basicAuthorization
    #expect(filter("Authorization: \(header)") == "Authorization: Basic <private>")
  }
}
