import Foundation
import SystemPackage
import TestSupport
import Testing

/// `--verify URL`: the outputs of a real build, and modified copies of them, behind a server.
@Suite(.serialized, OneBuild()) struct RemoteVerificationTests {
  private static let image = "\(VerifiedBuild.version).img.zst"
  /// Failures are followed by one more attempt.
  private static let impatience = ["EIB_RETRY_ATTEMPTS": "2", "EIB_RETRY_INTERVAL": "0.1"]

  private func build() throws -> VerifiedBuild { try #require(VerifiedBuild.current) }

  /// Verifies what a server gives for a copy of the outputs.
  private func verify(
    answer: String = "return False", _ script: String = "", _ arguments: [String]? = nil,
    environment: [String: String] = impatience
  ) throws -> Outcome {
    let build = try build()
    let server = try HTTPServer(try build.copy(script), answer: answer)
    let scratch = try build.checkout.fixture.makeDirectory("scratch")
    let outcome = try withExtendedLifetime(server) {
      try build.checkout.build(
        ["--verify", "\(server.url)/"] + (arguments ?? build.key),
        environment: ["TMPDIR": scratch.string].merging(environment) { $1 })
    }
    #expect(try Shell.run("ls -A '\(scratch)'").output == "")
    return outcome
  }

  private func expect(
    _ outcome: Outcome, _ status: Int32, _ text: String,
    location: SourceLocation = #_sourceLocation
  ) throws {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
    #expect(outcome.output == "", sourceLocation: location)
    #expect(outcome.errors.contains(text), "\(outcome.errors)", sourceLocation: location)
  }

  /// For each file, counts the requests, and fails the first one.
  private static func failingOnce(_ failure: String) -> String {
    """
    import os, socket
    counts = answer.__dict__.setdefault("counts", {})
    counts[self.path] = counts.get(self.path, 0) + 1
    file = self.translate_path(self.path)
    if not os.path.exists(file): return False
    content = open(file, "rb").read()
    part = self.headers.get("Range")
    if counts[self.path] > 1:
      if not part: return False
      \(failure.contains("RANGES") ? "pass" : "return False")
      start = int(part[len("bytes="):-1])
      self.send_response(206)
      self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
      self.send_header("Content-Length", str(len(content) - start))
      self.end_headers()
      self.wfile.write(content[start:])
      return True
    \(failure.replacing("RANGES", with: ""))
    return True
    """
  }

  private static let half = """
    self.send_response(200)
    self.send_header("Content-Length", str(len(content)))
    self.end_headers()
    self.wfile.write(content[:len(content) // 2])
    """

  @Test(arguments: [
    "return False",
    failingOnce(
      "self.send_response(503)\nself.send_header('Retry-After', '0')\nself.end_headers()"),
    failingOnce("self.connection.shutdown(socket.SHUT_RDWR)"),
    failingOnce(half), failingOnce("#RANGES\n" + half),
  ])
  func goodOutputsAreVerifiedThroughTheirURL(answer: String) throws {
    let outcome = try verify(answer: answer)
    let build = try build()
    let (commit, key) = (build.checkout.repository.commit, build.checkout.signingKey.fingerprint)
    #expect(
      outcome.output
        == "5 files verified; \(Self.image) boots commit \(commit); signed by \(key)\n",
      "\(outcome.errors)")
    #expect(outcome.errors.contains("trying again") == (answer != "return False"))
  }

  @Test(arguments: Tampering.ofServedOutputs)
  func spoiltOutputsAreRefused(tampering: Tampering) throws {
    let outcome = try verify(tampering.script)
    #expect(outcome.status == 65, "\(outcome.errors)")
    let lines = outcome.errors.split(separator: "\n")
    #expect(
      lines.contains { $0.hasPrefix("image-builder: error: \(tampering.file): ") },
      "\(outcome.errors)")
  }

  @Test func aCutFileIsTold() throws {
    try expect(
      try verify("truncate -s -1 \(Self.image)"), 65, "error: \(Self.image): it has ")
    let answer = "if not self.path.endswith('.zst'): return False\n"
    try expect(
      try verify(answer: answer + "self.send_error(404)\nreturn True"), 65,
      "error: \(Self.image): is not there: the server answered 404")
    let cut = """
      if not self.path.endswith('.zst'): return False
      self.send_response(200)
      self.send_header("Content-Length", "100000000")
      self.end_headers()
      self.wfile.write(b"beginning")
      return True
      """
    try expect(try verify(answer: cut), 69, "/\(Self.image): ")
    let endless = """
      if not self.path.endswith('.zst'): return False
      self.send_response(200)
      self.end_headers()
      while True: self.wfile.write(bytes(1 << 20))
      """
    try expect(try verify(answer: endless), 65, "\(Self.image): it has more than the ")
  }

  /// A list that the same key has signed, of another version.
  @Test func aStaleListIsTold() throws {
    try expect(
      try verify(
        """
        cp SHA256SUMS list; flip \(Self.image) 100; relist
        sign --armor --detach-sign -o SHA256SUMS.gpg SHA256SUMS
        flip \(Self.image) 100
        for file in \(Self.image) $v.img; do cp ../published/test/master/amd64/amd64/base/$v/$file.asc .; done
        """), 65, "error: \(Self.image): its SHA-256 is ")
  }

  @Test func aListIsNotBelievedWithoutItsSignature() throws {
    let requests = try build().checkout.fixture.path("requests")
    let note = "print(self.path, file=open('\(requests)', 'a'))\nreturn False"
    try expect(
      try verify(answer: note, "flip SHA256SUMS 0"), 65, "error: SHA256SUMS.gpg: does not verify")
    let lines = try String(contentsOfFile: requests.string, encoding: .utf8)
    #expect(lines == "/SHA256SUMS\n/SHA256SUMS.gpg\n")
    try expect(try verify("", []), 69, "is signed (SHA256SUMS.gpg), but there is no key")
    try expect(try verify("rm *", []), 65, "has no SHA256SUMS; --verify takes the URL of one")
  }

  @Test(arguments: ["../x", "a//b", "/etc/passwd", "a/./b", "a\u{7}b"])
  func namesStayBelowTheURL(name: String) throws {
    let line = String(repeating: "0", count: 64) + "  \(name)"
    let outcome = try verify("rm *.gpg *.asc; printf '%s\\n' '\(line)' >>SHA256SUMS", [])
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("has a name that cannot be a part of a URL"))
  }

  @Test func theSpaceForTheImageIsCheckedBeforeItIsFetched() throws {
    let small = try build().checkout.fixture.makeDirectory("small")
    try Shell.run("mount -t tmpfs -o size=2m tmpfs '\(small)'")
    defer { _ = try? Shell.run("umount -l '\(small)'") }
    let answer = "if self.path.endswith('.zst'): self.send_error(500)\nreturn False"
    try expect(
      try verify(
        answer: answer,
        environment: Self.impatience.merging(["TMPDIR": small.string]) { $1 }), 69,
      "the unpacked disk images take up to ")
  }

  @Test func aServerForMembersNeedsALogin() throws {
    let answer = """
      if self.headers.get("Authorization") == "Basic bWVtYmVyOnNlY3JldA==": return False
      self.send_error(401)
      return True
      """
    try expect(try verify(answer: answer), 69, "the server answered 401; write the login")
    let netrc = try build().checkout.fixture.write(
      "etc/netrc", "machine 127.0.0.1 login member password secret\n", mode: 0o600)
    defer { unlink(netrc.string) }
    #expect(try verify(answer: answer).status == 0)
    try Shell.run("chmod 644 '\(netrc)'")
    try expect(try verify(answer: answer), 65, "\(netrc): has the permissions 0644")
    try expect(
      try build().checkout.build(["--verify", "https://a:b@localhost/"]), 64,
      "belong in SYSCONFDIR/netrc")
  }

  @Test(arguments: ["gz", "xz"])
  func otherCompressionsAreUnpackedWhileTheyAreFetched(compression: String) throws {
    let checkout = try CheckoutFixture()
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\ncompression = \(compression)\n")
    let built = try checkout.build(["--build-version", "1"])
    try #require(built.status == 0, "\(built.errors)")
    let directory = try checkout.publishedDirectory()
    let server = try HTTPServer(directory)
    func verify() throws -> Outcome {
      try checkout.build(["--verify", server.url, "--key", checkout.signingKey.publicKey.string])
    }
    #expect(try verify().status == 0)
    let image = "\(VerifiedBuild.version).img.\(compression)"
    try RepositoryFixture.damage(directory.appending(image))
    try expect(try verify(), 65, "error: \(image): its SHA-256 is ")
  }
}
