import SystemPackage
import TestSupport
import Testing

/// `publish:public_url`: what a server gives of a version that has just been published.
@Suite(.serialized) struct ReadBackTests {
  private static let version = "test-master-amd64-amd64.1.base"
  private static let path = "test/master/amd64/amd64/base/\(version)"

  let checkout: CheckoutFixture
  private var fixture: Fixture { checkout.fixture }

  init() throws {
    checkout = try CheckoutFixture()
  }

  private var fault: FilePath { fixture.path("fault") }

  /// Serves what is published. The file `fault` has the body of a function that answers requests; see
  /// `HTTPServer`.
  private func serve(check: String) throws -> HTTPServer {
    try setFault("return False")
    let server = try HTTPServer(
      checkout.published,
      answer: """
        scope = {}
        exec(open("\(fault)").read(), scope)
        return scope["answer"](self)
        """)
    try fixture.write(
      "checkout/config/local.ini",
      "[publish]\npublic_url = \(server.url)/\npublic_check = \(check)\n")
    return server
  }

  private func setFault(_ body: String) throws {
    try fixture.write(
      "fault", "def answer(self):\n  " + body.replacing("\n", with: "\n  ") + "\n")
  }

  private func publish(_ arguments: [String], from server: HTTPServer) throws -> Outcome {
    try withExtendedLifetime(server) {
      try checkout.build(
        arguments, environment: ["EIB_RETRY_ATTEMPTS": "2", "EIB_RETRY_INTERVAL": "0.1"])
    }
  }

  @Test func aVersionIsReadBackAfterItHasBeenPublished() throws {
    for (number, check) in [("1", "full"), ("2", "lists"), ("3", "none")] {
      let outcome = try publish(["--build-version", number], from: serve(check: check))
      #expect(outcome.status == 0, "\(outcome.errors)")
      let said = ["full": "gives what was published", "lists": "has the lists that were published"]
      for (other, text) in said {
        #expect(outcome.errors.contains(text) == (other == check), "\(outcome.errors)")
      }
    }
  }

  /// What servers and caches can do to a version that is whole.
  private static let faults: [(fault: String, check: String, text: String)] = [
    (
      """
      if not self.path.endswith('/SHA256SUMS'): return False
      content = open(self.translate_path(self.path)).read()
      lines = content.splitlines(keepends=True)[1:]
      self.send_response(200)
      self.end_headers()
      self.wfile.write("".join(lines).encode())
      return True
      """, "full", "SHA256SUMS: is not the one that was published; a cache may have an old one"
    ),
    (
      "if not self.path.endswith('.img.zst'): return False\nself.send_error(404)\nreturn True",
      "full", "\(version).img.zst: is not there: the server answered 404"
    ),
    (
      "if not self.path.endswith('.img.zst'): return False\nself.send_error(404)\nreturn True",
      "lists", "\(version).img.zst: is not there: the server answered 404"
    ),
    (
      """
      if not self.path.endswith('.config.ini'): return False
      content = bytearray(open(self.translate_path(self.path), "rb").read())
      content[3] ^= 1
      self.send_response(200)
      self.send_header("Content-Length", str(len(content)))
      self.end_headers()
      self.wfile.write(content)
      return True
      """, "full", "\(version).config.ini: its SHA-256 is "
    ),
    (
      """
      if not self.path.endswith('.img.zst'): return False
      content = open(self.translate_path(self.path), "rb").read()[:-1000]
      self.send_response(200)
      self.send_header("Content-Length", str(len(content)))
      self.end_headers()
      if self.command != "HEAD": self.wfile.write(content)
      return True
      """, "full", "\(version).img.zst: it has "
    ),
    (
      """
      if not self.path.endswith('.img.zst'): return False
      self.send_response(200)
      self.send_header("Content-Length", "1000")
      self.end_headers()
      return True
      """, "lists", "\(version).img.zst: it has 1000 bytes there, not "
    ),
    ("self.send_error(503)\nreturn True", "full", "the server answered 503"),
  ]

  @Test(arguments: ["full", "lists"])
  func whatAServerSpoilsFailsTheStageAndTheVersionStays(check: String) throws {
    let server = try serve(check: check)
    var isBuilt = false
    for (body, kind, text) in Self.faults where kind == check {
      try setFault(body)
      let outcome = try publish(
        isBuilt ? ["--from-stage", "publish"] : ["--build-version", "1"], from: server)
      isBuilt = true
      #expect([2, 69].contains(outcome.status), "\(text) \(outcome.errors)")
      #expect(outcome.errors.contains(text), "\(outcome.errors)")
      #expect(fixture.exists("published/\(Self.path)/SHA256SUMS"))
    }
    try setFault("return False")
    let outcome = try publish(["--from-stage", "publish"], from: server)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func aWrongAddressIsCorrectedWithoutAnotherBuild() throws {
    let server = try serve(check: "lists")
    try fixture.write(
      "checkout/config/local.ini", "[publish]\npublic_url = http://127.0.0.1:1/\n")
    let failed = try publish(["--build-version", "1"], from: server)
    #expect(failed.errors.contains("--from-stage publish"), "\(failed.errors)")
    try fixture.write(
      "checkout/config/local.ini",
      "[publish]\npublic_url = \(server.url)/\npublic_check = lists\nkeep_failed = 3\n")
    let outcome = try publish(["--from-stage", "publish"], from: server)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func aURLWithALoginIsRefused() throws {
    try fixture.write(
      "checkout/config/local.ini", "[publish]\npublic_url = https://user:word@localhost/\n")
    try checkout.expectFailure(
      try checkout.build(), 65, "publish:public_url is 'https://<private>@localhost/'")
  }
}
