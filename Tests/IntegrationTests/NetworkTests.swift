import Foundation
import SystemPackage
import TestSupport
import Testing

/// Pulls over networks that are not well, and from servers that are not for everybody.
@Suite(.serialized) struct NetworkTests {
  private static let password = "word of mouth"
  /// Demands a login, and notes the requests without the right one. The server's own command line
  /// must not contain it.
  private static let demandsLogin = """
    import hashlib
    login = (self.headers.get("Authorization") or "").encode()
    if hashlib.sha256(login).hexdigest() == "\(loginDigest)": return False
    with open("\(refusals)", "a") as file: print(self.path, file=file)
    self.send_response(401)
    self.send_header("WWW-Authenticate", 'Basic realm="trees"')
    self.send_header("Content-Length", "0")
    self.end_headers()
    return True
    """
  private static let loginDigest: String = {
    let login = Data("builder:\(password)".utf8).base64EncodedString()
    return (try? Shell.run("printf 'Basic \(login)' | sha256sum | cut -c -64").lines[0]) ?? ""
  }()
  private static let refusals = "/dev/null"

  let checkout: CheckoutFixture
  private var fixture: Fixture { checkout.fixture }

  init() throws {
    checkout = try CheckoutFixture()
  }

  /// Serves the repository, and makes it the remote. Failures pass after a fraction of a second.
  private func serve(
    _ answer: String, authority: TLSAuthority? = nil, options: String = ""
  ) throws -> HTTPServer {
    let server = try HTTPServer(
      checkout.repository.path, answer: answer, demandsCertificate: authority != nil,
      authority: authority)
    try checkout.writeSystemConfiguration(url: server.url)
    try fixture.write("checkout/config/local.ini", "[ostree]\n\(options)\n")
    return server
  }

  private func pull(_ server: HTTPServer) throws -> Outcome {
    try withExtendedLifetime(server) {
      try checkout.build(["--stages", "ostree"], environment: ["EIB_RETRY_INTERVAL": "0.1"])
    }
  }

  private var log: String {
    get throws { try Shell.run("cat '\(checkout.cache)'/build/*/build.txt").output }
  }

  /// Fails twice for each of the files whose names end in one of the texts.
  private static func failing(_ ends: [String], _ failure: String) -> String {
    """
    import socket, time
    counts = answer.__dict__.setdefault("counts", {})
    if not self.path.endswith((\(ends.map { "'\($0)'" }.joined(separator: ", ")),)): return False
    name = [end for end in \(ends) if self.path.endswith(end)][0]
    counts[name] = counts.get(name, 0) + 1
    if counts[name] > 2: return False
    \(failure.replacing("\n", with: "\n"))
    return True
    """
  }

  @Test func aPrivateServerIsUsedWithItsAuthorityACertificateAndALogin() throws {
    let authority = try TLSAuthority(fixture)
    let server = try serve(
      Self.demandsLogin, authority: authority,
      options: """
        tls_ca = \(authority.certificate)
        tls_client_certificate = \(authority.clientCertificate)
        tls_client_key = \(authority.clientKey)
        """)
    try fixture.write(
      "etc/netrc", "machine 127.0.0.1 login builder password \"\(Self.password)\"\n", mode: 0o600)
    #expect(try checkout.build(["--check"]).status == 0)
    let secrets = [Self.password, Data("builder:\(Self.password)".utf8).base64EncodedString()]
    let sampler = CommandLineSampler(for: secrets, expecting: "image-builder-engine")
    let outcome = try checkout.build(["--build-version", "1"])
    let findings = sampler.stop()
    try #require(outcome.status == 0, "\(server.url) \(outcome.errors)")
    #expect(findings.leaks.isEmpty && !findings.expected.isEmpty)
    for secret in secrets {
      #expect(!outcome.output.contains(secret) && !outcome.errors.contains(secret))
      let found = try Shell.run(
        "grep -rlF '\(secret)' '\(checkout.cache)' '\(checkout.published)' || true")
      #expect(found.output == "")
    }
    // What no login is needed for is not kept in the image.
    let remotes = try Shell.run("cat '\(checkout.cache)'/ostree/*/config").output
    #expect(remotes.contains("tls-ca-path=\(authority.certificate)"))
  }

  @Test func whatAPrivateServerDemandsIsTold() throws {
    let authority = try TLSAuthority(fixture)
    let server = try serve(Self.demandsLogin, authority: authority)
    try checkout.expectFailure(
      try pull(server), 69, "set ostree:tls_ca to the file of its certificate")
    let trusted = "[ostree]\ntls_ca = \(authority.certificate)\n"
    try fixture.write("checkout/config/local.ini", trusted)
    try checkout.expectFailure(
      try pull(server), 69, "set ostree:tls_client_certificate and ostree:tls_client_key")
    let all =
      trusted + "tls_client_certificate = \(authority.clientCertificate)\n"
      + "tls_client_key = \(authority.clientKey)\n"
    try fixture.write("checkout/config/local.ini", all)
    try checkout.expectFailure(
      try pull(server), 69, "the server answered 401",
      "write them to \(checkout.system)/netrc", "machine 127.0.0.1 login USER password PASSWORD")
    try Shell.run("chmod 644 '\(authority.clientKey)'")
    try checkout.expectFailure(
      try pull(server), 69, "ostree:tls_client_key is \(authority.clientKey)",
      "every user has access to this key; run: chmod 600 \(authority.clientKey)")
    try Shell.run("rm '\(authority.clientKey)'")
    try checkout.expectFailure(try pull(server), 69, "No such file or directory")
    #expect(try Shell.run("find '\(checkout.cache)' -type f ! -name '*.lock'").output == "")
  }

  @Test func aWrongPasswordIsToldOnceAndNotTriedAgain() throws {
    let refusals = fixture.path("refusals")
    let server = try serve(Self.demandsLogin.replacing(Self.refusals, with: refusals.string))
    let netrc = "machine 127.0.0.1 login builder password mouth-of-word\n"
    try fixture.write("etc/netrc", netrc, mode: 0o600)
    let outcome = try pull(server)
    try checkout.expectFailure(
      outcome, 69, "the server does not accept the login for 127.0.0.1 in \(checkout.system)/netrc")
    let requests = try fixture.text("refusals").split(separator: "\n")
    #expect(requests.contains("/config") && Set(requests).count == requests.count, "\(requests)")
    #expect(!outcome.errors.contains("mouth-of-word"))
    #expect(!outcome.errors.contains("trying again"))
    try fixture.write("etc/netrc", netrc)
    try checkout.expectFailure(
      try pull(server), 65, "\(checkout.system)/netrc: has the permissions 0644")
    try fixture.write(
      "etc/netrc", "machine 127.0.0.1\nlogin builder password word of mouth\n", mode: 0o600)
    try checkout.expectFailure(
      try pull(server), 65, "\(checkout.system)/netrc:2: a word is none of")
  }

  @Test func aLoginInAURLIsRefusedBeforeAnythingIsWritten() throws {
    try checkout.writeSystemConfiguration(
      url: "https://builder:\(Self.password.prefix(4))@localhost/")
    let outcome = try checkout.build()
    try checkout.expectFailure(
      outcome, 65, "etc/config.ini:2: ostree:url is 'https://<private>@localhost/'",
      "a user name and a password belong in SYSCONFDIR/netrc")
    #expect(try Shell.run("find '\(checkout.cache)' -type f").output == "")
  }

  /// A redirect to another server must not take the login there.
  @Test func aLoginGoesToNoOtherServer() throws {
    let seen = fixture.path("seen")
    let other = try HTTPServer(
      checkout.repository.path,
      answer: """
        with open("\(seen)", "a") as file: print(self.headers.get("Authorization"), file=file)
        """)
    let server = try serve(
      """
      if not self.path.endswith((".filez", "config")): return False
      self.send_response(302)
      self.send_header("Location", "\(other.url)" + self.path)
      self.send_header("Content-Length", "0")
      self.end_headers()
      return True
      """)
    try fixture.write(
      "etc/netrc", "machine 127.0.0.1 login builder password word-of-mouth\n", mode: 0o600)
    let outcome = try pull(server)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = try Set(fixture.text("seen").split(separator: "\n"))
    #expect(lines == ["None"])
  }

  /// How servers fail for a while.
  enum Fault: String, CaseIterable {
    case isOverloaded = """
      self.send_response(503)
      self.send_header("Retry-After", "1")
      self.send_header("Content-Length", "0")
      self.end_headers()
      """
    case isBusy = "self.send_error(429)"
    case isBroken = "self.send_error(500)"
    case endsTheConnection = "self.connection.shutdown(socket.SHUT_RDWR)"
    case cutsTheContent = """
      self.send_response(200)
      self.send_header("Content-Length", "100000")
      self.end_headers()
      self.wfile.write(b"half")
      """
    case stalls = """
      self.send_response(200)
      self.send_header("Content-Length", "100000")
      self.end_headers()
      self.wfile.write(b"half")
      self.wfile.flush()
      time.sleep(1000)
      """
  }

  @Test(arguments: Fault.allCases)
  func aFaultThatPassesDelaysThePull(fault: Fault) throws {
    let server = try serve(
      Self.failing([".commit", ".filez"], fault.rawValue), options: "stall_timeout = 2s")
    let outcome = try pull(server)
    #expect(outcome.status == 0, "\(server.url) \(outcome.errors)")
    #expect(outcome.errors.contains("trying again"), "\(outcome.errors)")
    try Shell.run("ostree fsck --quiet --repo='\(checkout.cache)/ostree/eos-amd64'")
  }

  @Test func theLookBeforeTheBuildWaitsAsLongAsTheServerAsks() throws {
    let server = try serve(Self.failing(["/config"], Fault.isOverloaded.rawValue))
    let clock = ContinuousClock()
    let begin = clock.now
    let outcome = try pull(server)
    #expect(outcome.status == 0, "\(server.url) \(outcome.errors)")
    #expect(clock.now - begin >= .seconds(2))
    #expect(outcome.errors.contains("the server answered 503"))
  }

  /// A tree of many files over a network that often fails.
  @Test func newDataCountsAsProgress() throws {
    let server = try serve(
      """
      import socket
      answer.count = answer.__dict__.get("count", 0) + 1
      if answer.count % 9: return False
      self.connection.shutdown(socket.SHUT_RDWR)
      return True
      """)
    let outcome = try withExtendedLifetime(server) {
      try checkout.build(
        ["--stages", "ostree"],
        environment: ["EIB_RETRY_INTERVAL": "0.1", "EIB_RETRY_ATTEMPTS": "3"])
    }
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func aFaultThatStaysEndsTheBuild() throws {
    let server = try serve(
      "if not self.path.endswith('.filez'): return False\nself.send_error(500)\nreturn True")
    let outcome = try withExtendedLifetime(server) {
      try checkout.build(
        ["--stages", "ostree"],
        environment: ["EIB_RETRY_INTERVAL": "0.1", "EIB_RETRY_ATTEMPTS": "3"])
    }
    try checkout.expectFailure(outcome, 2, "Server returned HTTP 500")
    #expect(outcome.errors.split(separator: "\n").count { $0.contains("trying again") } == 2)
  }
}
