import Foundation
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Publishing to Debian's registry, read back by skopeo.
@Suite struct RegistryDestinationTests {
  let site: Site
  private var fixture: Fixture { site.fixture }

  init() throws {
    site = try Site([:])
  }

  private func publisher(
    _ registry: RegistryServer, _ version: String = "261129-010000", settings: String = ""
  ) throws -> Publisher {
    let scheme = registry.certificate == nil ? "http://" : ""
    return try Publisher(
      site,
      settings: """
        [publish]
        destinations = registry
        registry = \(scheme)\(registry.host)/team/images
        \(settings)
        """, version: version)
  }

  private func destination(_ publisher: Publisher) throws -> RegistryDestination {
    try RegistryDestination(publisher.configuration, publisher.paths, .quick(attempts: 1))
  }

  private func put(
    _ publisher: Publisher, report: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) async throws {
    let destination = try destination(publisher)
    try await destination.put(
      publisher.version, try PublishedFile.all(in: publisher.paths.outputDirectory),
      from: publisher.paths.outputDirectory, report: report)
    try await destination.announce(publisher.version)
  }

  private func expectSame(_ publisher: Publisher, _ directory: FilePath) throws {
    try Shell.run("diff -r '\(publisher.paths.outputDirectory)' '\(directory)'")
  }

  /// The reason why the destination cannot be used.
  private func reason(_ body: () async throws -> Void) async -> String {
    let error = await #expect(throws: UnreachableDestination.self) { try await body() }
    #expect(error?.exitStatus == .unavailable)
    return error?.description ?? ""
  }

  @Test func whatIsPublishedIsPulledWithTheSameBytes() async throws {
    let registry = try RegistryServer()
    let publisher = try publisher(registry)
    try publisher.build(image: "image")
    // The same content twice, no content, and a directory.
    try Shell.run(
      "cd '\(publisher.paths.outputDirectory)'; mkdir more; cp SHA256SUMS more/copy; : >'empty file'"
    )
    let destination = try destination(publisher)
    try await destination.check()
    #expect(try await destination.versions(of: nil) == [])
    #expect(try await !destination.holds(publisher.version))
    let sent = Mutex<[UInt64]>([])
    try await put(publisher) { count in sent.withLock { $0.append(count) } }

    let total = try PublishedFile.all(in: publisher.paths.outputDirectory)
      .reduce(0) { $0 + $1.sizeInBytes }
    #expect(sent.withLock { $0.max() } == total)
    let name = publisher.version.name
    for tag in [name, "latest-eos--eos5.1--amd64--amd64--en"] {
      try registry.pull("team/images:\(tag)", to: fixture.path("pulled"))
      try expectSame(publisher, fixture.path("pulled"))
    }
    let manifest = try Shell.run(
      "skopeo inspect --raw --tls-verify=false docker://\(registry.host)/team/images:\(name)"
    ).output
    #expect(manifest.contains("\"artifactType\":\"application/vnd.image-builder.release\""))
    #expect(try await destination.versions(of: nil).map(\.version) == [publisher.version])
    let age = try await destination.versions(of: publisher.version.variant)
      .map { Int64(time(nil)) - Int64($0.secondsSinceEpoch) }
    #expect(age.count == 1 && (0...3600).contains(age[0]))
    #expect(
      try await destination.read("SHA256SUMS", of: publisher.version)
        == FileAccess.bytes(of: publisher.paths.outputDirectory.appending("SHA256SUMS")))
    #expect(try await destination.read("nothing", of: publisher.version) == nil)
    #expect(try await destination.holds(publisher.version))
    await #expect(throws: PublishingError.self) { try await put(publisher) }
  }

  @Test func theLatestVersionMovesForwardOnlyAndBackWhenItIsRemoved() async throws {
    let registry = try RegistryServer()
    let old = try publisher(registry, "261129-010000")
    try old.build(image: "old")
    try await put(old)
    // Versions are ordered by the second in which they were published.
    try await Task.sleep(for: .seconds(1))
    let new = try publisher(registry, "261129-020000")
    try new.build(image: "new")
    try await put(new)
    let latest = "team/images:latest-eos--eos5.1--amd64--amd64--en"

    try await destination(old).announce(old.version)
    try registry.pull(latest, to: fixture.path("pulled"))
    try expectSame(new, fixture.path("pulled"))

    let destination = try destination(new)
    try await destination.remove(new.version)
    #expect(try await destination.versions(of: nil).map(\.version) == [old.version])
    try registry.pull(latest, to: fixture.path("pulled"))
    try expectSame(old, fixture.path("pulled"))
    try await destination.remove(new.version)
    try await destination.remove(old.version)
    #expect(try await destination.versions(of: nil) == [])
    // What was removed can be published again.
    try await put(new)
    try registry.pull(latest, to: fixture.path("pulled"))
    try expectSame(new, fixture.path("pulled"))
  }

  @Test func somebodyElsesArtefactIsNoVersionAndIsNotTouched() async throws {
    let registry = try RegistryServer()
    let publisher = try publisher(registry)
    try publisher.build(image: "image")
    let name = publisher.version.name
    try Shell.run(
      """
      cd '\(fixture.directory)'; mkdir -p foreign/blobs/sha256
      echo '{"imageLayoutVersion":"1.0.0"}' >foreign/oci-layout
      put() { local d; d=$(sha256sum <"$1"); cp "$1" "foreign/blobs/sha256/${d%% *}"; echo "${d%% *}"; }
      printf '{}' >c; config=$(put c)
      echo '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:'"$config"'","size":2},"layers":[]}' >m
      manifest=$(put m)
      echo '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:'"$manifest"'","size":'"$(stat -c %s m)"',"annotations":{"org.opencontainers.image.ref.name":"x"}}]}' >foreign/index.json
      skopeo --insecure-policy copy --quiet --dest-tls-verify=false oci:foreign:x \
        'docker://\(registry.host)/team/images:\(name)'
      """)
    let destination = try destination(publisher)
    #expect(try await destination.versions(of: nil) == [])
    #expect(try await destination.read("SHA256SUMS", of: publisher.version) == nil)
    await #expect(throws: PublishingError.self) { try await put(publisher) }
    try await destination.remove(publisher.version)
    #expect(try await destination.holds(publisher.version))
  }

  @Test func passwordsAndCertificatesAreChecked() async throws {
    let registry = try RegistryServer(.password, hasCertificate: true)
    let file = fixture.path("auth.json")
    try registry.writeCredentials(file)
    let certificate = "registry_ca = \(registry.certificate!)"
    let both = "registry_authfile = \(file)\n\(certificate)"
    let publisher = try publisher(registry, settings: both)
    try publisher.build(image: "image")
    try await destination(publisher).check()
    try await put(publisher)
    try registry.pull(
      "team/images:\(publisher.version.name)", to: fixture.path("pulled"), credentials: file)
    try expectSame(publisher, fixture.path("pulled"))

    func check(_ settings: String) async -> String {
      await reason { try await destination(self.publisher(registry, settings: settings)).check() }
    }
    #expect(await check("registry_authfile = \(file)").contains("publish:registry_ca can name"))
    let anonymous = await check(certificate)
    #expect(anonymous.contains("answered 401"), "\(anonymous)")
    #expect(anonymous.contains("it wants credentials: set publish:registry_authfile"))
    let wrong = Data("builder:wrong".utf8).base64EncodedString()
    try registry.writeCredentials(file, encoded: wrong)
    let refused = await check(both)
    #expect(refused.contains("answered 401"), "\(refused)")
    #expect(refused.contains("must have the right to pull from and to push to"))
    #expect(!refused.contains(wrong) && !refused.contains("wrong"))
    try Shell.run("chmod 644 '\(file)'")
    await #expect(throws: ExposedFile.self) {
      try await destination(self.publisher(registry, settings: both)).check()
    }
  }

  /// A server for tokens as large registries have it. The registry verifies its tokens.
  @Test func tokensAreFetchedWithThePassword() async throws {
    let certificate = fixture.path("token.crt")
    try Shell.run(
      """
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tests \
        -keyout '\(fixture.path("token.key"))' -out '\(certificate)' 2>/dev/null
      """)
    let tokens = try HTTPServer(
      fixture.directory,
      answer: """
        import base64, json, subprocess, time, urllib.parse
        url = urllib.parse.urlsplit(self.path)
        if url.path != '/token': return False
        if self.headers.get('Authorization') != 'Basic \(RegistryServer.credentials)':
          self.send_error(401); return True
        query = urllib.parse.parse_qs(url.query)
        kind, name, actions = query['scope'][0].split(':')
        encode = lambda b: base64.urlsafe_b64encode(b).rstrip(b'=')
        pem = open('\(certificate)').read().split('-----')[2].replace('\\n', '')
        now = int(time.time())
        head = {'typ': 'JWT', 'alg': 'RS256', 'x5c': [pem]}
        claims = {'iss': 'tests', 'sub': 'builder', 'aud': query['service'][0], 'exp': now + 600,
          'nbf': now - 60, 'iat': now, 'jti': '1',
          'access': [{'type': kind, 'name': name, 'actions': actions.split(',')}]}
        text = encode(json.dumps(head).encode()) + b'.' + encode(json.dumps(claims).encode())
        sign = ['openssl', 'dgst', '-sha256', '-sign', '\(fixture.path("token.key"))']
        text += b'.' + encode(subprocess.run(sign, input=text, capture_output=True).stdout)
        body = json.dumps({'token': text.decode()}).encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body)))
        self.end_headers(); self.wfile.write(body); return True
        """)
    let registry = try RegistryServer(.token(server: tokens.url, certificate: certificate))
    let file = fixture.path("auth.json")
    try registry.writeCredentials(file)
    let publisher = try publisher(registry, settings: "registry_authfile = \(file)")
    try publisher.build(image: "image")
    try await destination(publisher).check()
    try await put(publisher)
    try registry.pull(
      "team/images:\(publisher.version.name)", to: fixture.path("pulled"), credentials: file)
    try expectSame(publisher, fixture.path("pulled"))
    try await destination(publisher).remove(publisher.version)
    #expect(try await destination(publisher).versions(of: nil) == [])

    try registry.writeCredentials(file, encoded: Data("builder:wrong".utf8).base64EncodedString())
    let text = await reason { try await destination(publisher).check() }
    #expect(text.contains("cannot get a token: it answered 401"), "\(text)")
  }

  @Test func aRegistryThatIsKilledHasNoPartOfAVersionAndTheNextPublishCompletes() async throws {
    let first = try RegistryServer()
    var publisher = try publisher(first)
    try publisher.build(image: "image")
    let large = publisher.paths.outputDirectory.appending("large")
    try Shell.run("head -c 64M /dev/urandom >'\(large)'")
    let registry = first.processID
    let text = await reason {
      try await put(publisher) { sent in if sent > 8 << 20 { Glibc.kill(registry, SIGKILL) } }
    }
    #expect(text.hasPrefix("http://\(first.host)/team/images cannot be used: "), "\(text)")

    let second = try RegistryServer(continuing: first)
    publisher = try self.publisher(second)
    #expect(try await destination(publisher).versions(of: nil) == [])
    #expect(try await !destination(publisher).holds(publisher.version))
    try await put(publisher)
    try second.pull("team/images:\(publisher.version.name)", to: fixture.path("pulled"))
    try expectSame(publisher, fixture.path("pulled"))
  }

  @Test func whatTheRegistryHasIsNotSentAgain() async throws {
    let registry = try RegistryServer()
    let old = try publisher(registry, "261129-010000")
    try old.build(image: "image")
    let large = old.paths.outputDirectory.appending("large")
    try Shell.run("head -c 4M /dev/urandom >'\(large)'")
    try await put(old)
    let new = try publisher(registry, "261129-020000")
    try new.build(image: "image")
    try Shell.run("cp '\(large)' '\(new.paths.outputDirectory)'")
    let sent = Mutex<[UInt64]>([])
    try await put(new) { count in sent.withLock { $0.append(count) } }
    // A report in the middle of the large file would mean that it was sent.
    #expect(sent.withLock { $0.allSatisfy { $0 < 1 << 20 || $0 >= 4 << 20 } })
    try registry.pull("team/images:\(new.version.name)", to: fixture.path("pulled"))
    try expectSame(new, fixture.path("pulled"))
  }

  @Test func aServerThatCannotBeReachedIsNotAnEmptyOne() async throws {
    let registry = try RegistryServer()
    let publisher = try publisher(registry)
    registry.kill()
    let destination = try destination(publisher)
    #expect(await reason { _ = try await destination.versions(of: nil) }.contains("onnect"))
    #expect(await reason { _ = try await destination.holds(publisher.version) }.contains("onnect"))
  }

  /// Servers that answer with anything else than a registry does.
  @Test(arguments: [
    ("return False", "it answered 404, but not as a registry does"),
    ("self.send_error(500); return True", "cannot list the tags: it answered 500"),
    ("SEND('{\"tags\": 5}')", "its list of tags is not one"),
    (
      "SEND('{\"tags\": [\"a\"]}', '</v2/team/images/tags/list?last=a>; rel=\"next\"')",
      "its list of tags does not end"
    ),
    (
      "SEND('{\"tags\": [\"a\"]}') if 'tags' in self.path else SEND('x' * (17 << 20))",
      "it has more than the 16777216 bytes"
    ),
  ])
  func aServerThatIsNoRegistryIsNotAnEmptyOne(answer: String, reason: String) async throws {
    let server = try HTTPServer(
      fixture.directory,
      answer: """
        def SEND(text, link=None):
          self.send_response(200); self.send_header('Content-Length', str(len(text)))
          if link: self.send_header('Link', link)
          self.end_headers(); self.wfile.write(text.encode()); return True
        \(answer.hasPrefix("SEND") ? "return " : "")\(answer)
        """)
    let publisher = try Publisher(
      site,
      settings: "[publish]\ndestinations = registry\nregistry = \(server.url)/team/images\n",
      version: "261129-010000")
    let destination = try destination(publisher)
    let text = await self.reason { _ = try await destination.versions(of: nil) }
    #expect(text.contains(reason), "\(text)")
  }

  /// A proxy that answers each request first with an error that passes.
  @Test func aBusyRegistryIsAskedAgain() async throws {
    let registry = try RegistryServer()
    let proxy = try HTTPServer(
      fixture.directory,
      answer: """
        import http.client
        seen = self.server.__dict__.setdefault('seen', set())
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        key = (self.command, self.path.split('?')[0].split('/uploads/')[0])
        if key not in seen:
          seen.add(key)
          self.send_response(429 if self.command == 'GET' else 503)
          self.send_header('Retry-After', '0'); self.send_header('Content-Length', '0')
          self.end_headers(); return True
        there = http.client.HTTPConnection('\(registry.host)')
        there.request(self.command, self.path, body, dict(self.headers))
        answer = there.getresponse(); data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
          if name.lower() not in ('transfer-encoding', 'connection'): self.send_header(name, value)
        self.end_headers(); self.wfile.write(data); return True
        """)
    let publisher = try Publisher(
      site,
      settings: "[publish]\ndestinations = registry\nregistry = \(proxy.url)/team/images\n",
      version: "261129-010000")
    try publisher.build(image: "image")
    var policy = RetryPolicy.quick()
    let messages = LineCollector()
    policy.report = { messages.append($0) }
    let destination = try RegistryDestination(publisher.configuration, publisher.paths, policy)
    try await destination.check()
    try await destination.put(
      publisher.version, try PublishedFile.all(in: publisher.paths.outputDirectory),
      from: publisher.paths.outputDirectory
    ) { _ in }
    #expect(messages.text.split(separator: "\n").count > 8)
    try registry.pull("team/images:\(publisher.version.name)", to: fixture.path("pulled"))
    try expectSame(publisher, fixture.path("pulled"))
  }

  @Test func aVersionThatCannotBeATagIsToldBeforeAnything() throws {
    let registry = RegistryReference("127.0.0.1:1/team/images")
    #expect(registry != nil)
    let publisher = try Publisher(
      site,
      settings: """
        [publish]
        destinations = registry
        registry = 127.0.0.1:1/team/images
        [build]
        outversion = a+b
        """, version: "261129-010000")
    let error = #expect(throws: UnusableTag.self) { try publisher.destination }
    #expect(error?.exitStatus == .dataError)
    #expect(error?.description.contains("a+b cannot be published to publish:registry") == true)
  }
}
