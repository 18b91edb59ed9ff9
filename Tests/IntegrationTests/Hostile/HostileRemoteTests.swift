import Foundation
import SystemPackage
import TestSupport
import Testing

/// Hostile servers. The build must fail within bounded time and space, and name what it refused.
@Suite(.serialized) struct HostileRemoteTests {
  let checkout: CheckoutFixture
  var repository: RepositoryFixture { checkout.repository }

  init() throws {
    checkout = try CheckoutFixture()
    try set("")
  }

  /// Writes settings. The image has no extra space, because no test needs it.
  private func set(_ settings: String) throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nextra_space = 0\n" + settings)
  }

  /// Serves the repository. Requests that `answer` handles get its answer instead.
  private func serve(_ answer: String, more: String = "") throws -> HTTPServer {
    let server = try HTTPServer(repository.path, answer: answer)
    try set(more)
    try checkout.writeSystemConfiguration(url: server.url)
    return server
  }

  /// The end of the URL of one file object. Only one is withheld, because libostree requests each
  /// missing file five times.
  private var oneFile: String {
    get throws {
      try Shell.run("cd '\(repository.path)'; find objects -name '*.filez' | sort").lines[0]
    }
  }

  private var cacheSizeInMiB: Int {
    get throws {
      let output = try Shell.run("du -sm '\(checkout.cache)' | cut -f1").lines[0]
      return Int(output) ?? .max
    }
  }

  @Test(arguments: [
    ("/summary", "exceeded maximum size"),
    ("/summary.sig", "exceeded maximum size"), (".commit", "exceeded maximum size"),
    (".dirtree", "sent a file of more than 2.0 MiB"),
    (".filez", "sent a file of more than 2.0 MiB"),
  ])
  func anEndlessAnswerIsCutOff(suffix: String, message: String) throws {
    let server = try serve(
      """
      if self.command == "HEAD" or not self.path.endswith("\(suffix)"): return False
      self.send_response(200); self.end_headers()
      try:
        while True: self.wfile.write(b"x" * 65536)
      except OSError: return True
      """, more: "[ostree]\nmax_object_size = 2M\n")
    let begin = ContinuousClock.now
    try checkout.expectFailure(
      try checkout.build(), 2, "the ostree stage failed: ", message)
    #expect(ContinuousClock.now - begin < .seconds(120))
    try checkout.expectNothingDeployed()
    #expect(try cacheSizeInMiB < 100)
    withExtendedLifetime(server) {}
  }

  @Test func anEndlessConfigurationIsCutOffBeforeTheBuild() throws {
    let server = try serve(
      """
      if not self.path.endswith("/config"): return False
      self.send_response(200); self.end_headers()
      try:
        while True: self.wfile.write(b"x" * 65536)
      except OSError: return True
      """)
    try checkout.expectFailure(
      try checkout.build(), 69,
      "cannot fetch \(server.url)/config: it has more than the 1048576 bytes that are accepted")
  }

  @Test func aFileThatUnpacksWithoutEndIsCutOff() throws {
    let server = try serve(
      """
      if not self.path.endswith("\(try oneFile)"): return False
      import zlib
      pack = zlib.compressobj(9, zlib.DEFLATED, -15)
      # The header of a small file of root's, as in each archive repository.
      name = self.translate_path(self.path)
      data = open(name, "rb").read()
      header = data[:8 + int.from_bytes(data[:4], "big")]
      body = header + b"".join(pack.compress(bytes(1 << 20)) for _ in range(40)) + pack.flush()
      self.send_response(200); self.send_header("Content-Length", str(len(body)))
      self.end_headers(); self.wfile.write(body)
      return True
      """, more: "[ostree]\nmax_object_size = 8M\n")
    try checkout.expectFailure(try checkout.build(), 2, "the ostree stage failed: ")
    try checkout.expectNothingDeployed()
    #expect(try cacheSizeInMiB < 200)
    withExtendedLifetime(server) {}
  }

  @Test(arguments: [
    "body[:-3], 0", "body, 1000", "body, -3", "b'', 0", "body[:20] + bytes(500), 0",
  ])
  func anAnswerOfAnotherSizeIsRefused(answer: String) throws {
    let server = try serve(
      """
      if not self.path.endswith("\(try oneFile)"): return False
      body = open(self.translate_path(self.path), "rb").read()
      body, more = \(answer)
      self.send_response(200); self.send_header("Content-Length", str(len(body) + more))
      self.end_headers(); self.wfile.write(body)
      return True
      """)
    try checkout.expectFailure(
      try checkout.build(environment: ["EIB_RETRY_ATTEMPTS": "1"]), 2,
      "the ostree stage failed: cannot pull")
    try checkout.expectNothingDeployed()
    withExtendedLifetime(server) {}
  }

  @Test(arguments: ["/config", ".commit", ".filez", "/summary"])
  func aRedirectToAFileOfTheHostIsNotFollowed(suffix: String) throws {
    let server = try serve(
      """
      if not self.path.endswith("\(suffix)"): return False
      self.send_response(302); self.send_header("Location", "file://\(repository.path)" + self.path)
      self.end_headers()
      return True
      """)
    let outcome = try checkout.build()
    #expect(outcome.status == (suffix == "/config" ? 69 : 2), "\(outcome.errors)")
    try checkout.expectNothingDeployed()
    withExtendedLifetime(server) {}
  }

  @Test func aSignedCommitOfAnotherRefIsRefused() throws {
    let other = try repository.commit(
      checkout.fixture.path("tree"), ref: "os/other/amd64/master", timestamp: 1_700_000_001)
    try Shell.run(
      """
      echo \(other) >'\(repository.path)/refs/heads/\(RepositoryFixture.ref)'
      ostree --repo='\(repository.path)' summary -u --gpg-homedir='\(repository.key.home)' \
        --gpg-sign=\(repository.key.fingerprint)
      """)
    let server = try serve("return False")
    try checkout.expectFailure(
      try checkout.build(), 2, "the ostree stage failed: cannot pull", "ref binding")
    try checkout.expectNothingDeployed()
    withExtendedLifetime(server) {}
  }

  @Test func anotherCommitThanTheSignedSummarySaysIsRefused() throws {
    let signed = try Shell.run("sha256sum '\(repository.path)/summary'").output
    let other = try SigningFixture(checkout.fixture, name: "o")
    let commit = try repository.commit(checkout.fixture.path("tree"), signedBy: other)
    #expect(commit == repository.commit && !signed.isEmpty)
    let server = try serve("return False")
    try checkout.expectFailure(try checkout.build(), 2, "the ostree stage failed: ", "public key")
    try checkout.expectNothingDeployed()
    withExtendedLifetime(server) {}
  }

  @Test func namesThatLeadElsewhereAreRefused() throws {
    // A tree with a file named "..". No tool makes one, so its bytes are changed and it is signed
    // again.
    let tree = try checkout.fixture.makeDirectory("small")
    try Shell.run(
      "cp -a '\(checkout.fixture.path("tree"))'/. '\(tree)'; mkdir '\(tree)'/AA; touch '\(tree)'/AA/x"
    )
    let commit = try repository.commit(tree, timestamp: 1_700_000_002)
    try Shell.run(
      """
      cat >'\(checkout.fixture.directory)/patch.py' <<'END'
      import glob, hashlib, os, sys
      objects, commit = sys.argv[1:]
      def path(digest, kind): return f'{objects}/{digest[:2]}/{digest[2:]}.{kind}'
      def write(data, kind):
          digest = hashlib.sha256(data).hexdigest()
          os.makedirs(os.path.dirname(path(digest, kind)), exist_ok=True)
          open(path(digest, kind), 'wb').write(data)
          return digest
      for tree in glob.glob(f'{objects}/*/*.dirtree'):
          data = open(tree, 'rb').read()
          if b'AA\\0' in data:
              old = hashlib.sha256(data).digest()
              new = bytes.fromhex(write(data.replace(b'AA\\0', b'..\\0'), 'dirtree'))
              break
      data = open(path(commit, 'commit'), 'rb').read()
      assert old in data
      print(write(data.replace(old, new), 'commit'))
      END
      """)
    let evil = try Shell.run(
      "python3 '\(checkout.fixture.directory)/patch.py' '\(repository.path)/objects' \(commit)"
    ).lines[0]
    let sign = "--gpg-homedir='\(repository.key.home)'"
    try Shell.run(
      """
      ostree --repo='\(repository.path)' gpg-sign \(sign) \(evil) \(repository.key.fingerprint)
      echo \(evil) >'\(repository.path)/refs/heads/\(RepositoryFixture.ref)'
      ostree --repo='\(repository.path)' summary -u \(sign) --gpg-sign=\(repository.key.fingerprint)
      """)
    let server = try serve("return False")
    defer { withExtendedLifetime(server) {} }
    for url in ["file://\(repository.path)", server.url] {
      try checkout.writeSystemConfiguration(url: url)
      try checkout.expectFailure(
        try checkout.build(), 2, "the ostree stage failed: cannot pull", "..")
      try checkout.expectNothingDeployed()
    }
  }

  @Test(arguments: [true, false])
  func aDowngradeIsRefusedUnlessItIsWanted(overHTTP: Bool) throws {
    let newer = try repository.commit(
      checkout.fixture.path("tree"), timestamp: 1_700_000_100)
    let server = try serve("return False")
    if !overHTTP { try checkout.writeSystemConfiguration() }
    #expect(try checkout.build(["--stages", "ostree"]).status == 0)
    try repository.commit(checkout.fixture.path("tree"), timestamp: 1_700_000_000)
    try checkout.expectFailure(
      try checkout.build(), 2,
      "\(RepositoryFixture.ref) has become older than what \(checkout.cache)/ostree/eos-amd64 had",
      "set ostree:allow_downgrade = true", newer)
    let kept = try Shell.run(
      "ostree --repo='\(checkout.cache)/ostree/eos-amd64' rev-parse eos:\(RepositoryFixture.ref)")
    #expect(kept.lines == [newer])
    try set("[ostree]\nallow_downgrade = true\n")
    let outcome = try checkout.build(["--stages", "ostree"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("is commit \(repository.commit)"), "\(outcome.errors)")
    withExtendedLifetime(server) {}
  }
}
