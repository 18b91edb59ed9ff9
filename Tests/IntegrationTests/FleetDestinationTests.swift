import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// A fleet with several destinations: a directory, an object store, and a host that ssh reaches.
@Suite(.serialized) struct FleetDestinationTests {
  private static let secret = "the/secret+key"

  private let site: FleetSite
  private let server: SSHServer
  private let store: FaultProxy
  private let client: S3Client
  private let environment = [
    "AWS_ACCESS_KEY_ID": "ID", "AWS_SECRET_ACCESS_KEY": Self.secret,
    "EIB_RETRY_ATTEMPTS": "2", "EIB_RETRY_INTERVAL": "0.1",
  ]
  private var fixture: Fixture { site.checkout.fixture }
  private var directory: FilePath { site.checkout.published }
  private var remote: FilePath { fixture.path("remote") }
  private var known: FilePath { fixture.path("known") }

  /// Builds two variants, and publishes them to the directory.
  init() throws {
    site = try FleetSite(2, "[image]\nextra_space = 1M\n")
    let fixture = site.checkout.fixture
    server = try SSHServer(fixture)
    store = try FaultProxy(before: "moto:images", account: "ID:\(Self.secret)")
    client = S3Client(
      store: S3Store(bucket: "images", region: nil, endpoint: S3Endpoint(store.url)),
      credentials: S3Credentials(accessKeyID: "ID", secretAccessKey: Self.secret),
      transport: HTTPTransport(), retry: RetryPolicy())
    try fixture.write("etc/known_hosts", server.knownHost)
    try Shell.run("cp '\(server.key)' '\(fixture.path("etc"))/ssh-key.pem'")
    let built = try site.run("build", ["--build-version", "1"])
    try #require(built.status == 0, "\(built.errors)\(built.output)")
    try Shell.run("cp -a '\(directory)' '\(known)'")
  }

  private func publish(to destinations: String, port: Int? = nil) throws {
    try site.checkout.writeSystemConfiguration(
      """
      destinations = \(destinations)
      ssh = root@127.0.0.1:\(remote)
      s3_bucket = images
      s3_endpoint = \(store.url)
      s3_prefix = of/us
      [build]
      ssh_options = -p \(port ?? server.port)
      """)
  }

  private func run(_ command: String, _ more: [String] = []) throws -> Outcome {
    try site.run(command, more, environment: environment)
  }

  private func version(_ personality: String, _ number: String = "1") -> String {
    "test/master/amd64/amd64/\(personality)/test-master-amd64-amd64.\(number).\(personality)"
  }

  /// Expects that a place has exactly the versions that the directory had first, and an index of them.
  private func expectAll(at place: FilePath, location: SourceLocation = #_sourceLocation) throws {
    let difference = try Shell.start("/usr/bin/diff", ["-r", "\(known)/test", "\(place)/test"])
    #expect(difference.status == 0, "\(difference.output)", sourceLocation: location)
    let hidden = try Shell.run("cd '\(place)'; ls -A | grep '^\\.' || true").lines
    #expect(Set(hidden).isSubset(of: [".last", ".lock"]), "\(hidden)", sourceLocation: location)
    let index = try String(contentsOfFile: "\(place)/index.json", encoding: .utf8)
    for name in ["a", "b"] {
      #expect(
        index.contains("\"latest\" : \"test-master-amd64-amd64.1.\(name)\""), "\(index)",
        sourceLocation: location)
    }
  }

  @Test func aPlaceThatLacksVersionsGetsThemFromAnyOther() async throws {
    for (destinations, place) in [("directory ssh", remote), ("directory s3", nil)] {
      try publish(to: destinations)
      let state = try run("state")
      #expect(state.status == 0 && state.output.contains("2 to publish"), "\(state.output)")
      // A report makes no directory.
      if let place { #expect(!fixture.exists(place.lastComponent!.string)) }
      let outcome = try run("publish")
      try #require(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
      #expect(outcome.output.contains("2 variants: 2 published"), "\(outcome.output)")
      if let place { try expectAll(at: place) }
      let again = try run("publish")
      #expect(again.output.contains("2 variants: 2 up to date"), "\(again.output)")
      try Shell.run("rm -rf '\(directory)'")
      try fixture.write("checkout/config/local.ini", "[site]\nname = x\n")
      let refused = try run("publish")
      let text = refused.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(refused.status == 2, "\(refused.errors)\(refused.output)")
      #expect(text.contains("is not up to date and is not copied; build the variant"), "\(text)")
      try Shell.run("rm '\(site.checkout.directory)/config/local.ini'")
      // And back.
      let back = try run("publish")
      try #require(back.status == 0, "\(back.errors)\(back.output)")
      try expectAll(at: directory)
    }
  }

  @Test func aDamagedVersionIsNotCopied() async throws {
    try publish(to: "directory ssh s3")
    try #require(try run("publish").status == 0)
    let inside = "\(version("a"))/test-master-amd64-amd64.1.a.img.zst"
    let key = "of/us/\(inside)"
    let bytes = try #require(try await client.get(key, maximumSizeInBytes: 1 << 26)).bytes
    _ = try await client.put(key, S3Client.Body(Array(bytes.dropLast())), headers: [], if: .any)
    for place in [directory, remote] {
      try RepositoryFixture.damage(place.pushing(FilePath(inside)))
    }
    for (destinations, source, target) in [
      ("directory ssh", directory.string, remote), ("directory ssh", "root@127.0.0.1", directory),
      ("directory s3", "s3://images/of/us", directory),
    ] {
      try publish(to: destinations)
      let kept = fixture.path("kept")
      try Shell.run("mv '\(target)' '\(kept)'")
      let outcome = try run("publish")
      #expect(outcome.status == 2, "\(destinations): \(outcome.errors)\(outcome.output)")
      let text = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(text.contains("\(source)") && text.contains("is damaged"), "\(outcome.output)")
      #expect(text.contains("1.a.img.zst"), "\(outcome.output)")
      #expect(outcome.output.contains("2 variants: 1 failed, 1 published"), "\(outcome.output)")
      let found = try Shell.run("cd '\(target)'; find . -name '*.img.zst'").lines
      #expect(found == ["./\(version("b"))/test-master-amd64-amd64.1.b.img.zst"], "\(found)")
      try Shell.run("rm -rf '\(target)'; mv '\(kept)' '\(target)'")
    }
  }

  /// What a build has left at a place when it was killed, and an index that it could not write.
  @Test func whatAKilledBuildHasLeftIsCompleted() async throws {
    try publish(to: "directory s3")
    try #require(try run("publish").status == 0)
    try store.clearRequests()
    try store.set(.init("PUT .*2.b.img.zst", "stall", times: 1000))
    let build = try site.checkout.start(
      ["--fleet", "small", "--personality", "b", "--build-version", "2"], environment: environment)
    func isClaimed() -> Bool {
      store.requests.contains { $0.hasPrefix("PUT") && $0.contains("/.publishing/") }
    }
    while build.isRunning, !isClaimed() { usleep(10_000) }
    build.send(SIGKILL)
    #expect(build.wait().status == 128 + SIGKILL)
    #expect(fixture.exists("published/\(version("b", "2"))/SHA256SUMS"))
    try store.set()
    let outcome = try run("publish")
    #expect(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
    let keys = try await client.list("of/us/\(version("b", "2"))/", isFlat: true).objects
    #expect(keys.contains { $0.key.hasSuffix("/SHA256SUMS") }, "\(keys)")
    let index = try #require(try await client.get("of/us/index.json", maximumSizeInBytes: 1 << 20))
    let indexes = [
      try fixture.text("published/index.json"), String(decoding: index.bytes, as: UTF8.self),
    ]
    for text in indexes {
      #expect(text.contains("\"latest\" : \"test-master-amd64-amd64.2.b\""), "\(text)")
    }
    // Versions that are there and not listed.
    try fixture.write("published/index.json", "{\"schema\": 1, \"variants\": []}\n")
    #expect(try run("publish").status == 0)
    let listed = try IndexDocument(Array(fixture.text("published/index.json").utf8))
    #expect(listed?.variants.map(\.versions.count) == [1, 2])
  }

  @Test func aPlaceThatCannotBeReadIsNotEmpty() async throws {
    let other = try Shell.run("cat '\(server.otherKey)'").output
    let right = try fixture.text("etc/ssh-key.pem")
    for (destinations, port, key, fault, texts) in [
      ("directory ssh", nil, other, nil, ["root@127.0.0.1:\(remote)", "refused the key"]),
      ("ssh", 9, right, nil, ["root@127.0.0.1:\(remote)", "Connection refused"]),
      ("directory s3", nil, right, "403", ["s3://images/of/us", "403"]),
      ("s3", nil, right, "500", ["s3://images/of/us", "500"]),
    ] as [(String, Int?, String, String?, [String])] {
      try publish(to: destinations, port: port)
      try fixture.write("etc/ssh-key.pem", key, mode: 0o600)
      if let fault { try store.set(.init("GET", fault, times: 10_000)) }
      for command in [
        ["state"], ["build", "--build-version", "2"], ["publish"], ["release"],
        ["rollback", "--yes"], ["prune", "release", "--yes"], ["notes"],
      ] {
        let outcome = try run(command[0], Array(command.dropFirst()))
        #expect(outcome.status == 69, "\(destinations) \(command): \(outcome.errors)")
        #expect(outcome.output.isEmpty, "\(destinations) \(command): \(outcome.output)")
        for text in texts {
          #expect(outcome.errors.contains(text), "\(command): \(outcome.errors)")
        }
      }
      try store.set()
    }
    #expect(try site.versions("a") == ["1"] && site.versions("b") == ["1"])
    #expect(try await client.list("", isFlat: true).objects.isEmpty)
    #expect(!fixture.exists("published/releases") && !fixture.exists("remote"))
  }

  /// Without root, without credentials, and while another command holds the lock of the fleet.
  @Test func aReportNeedsNothingThatItDoesNotUse() throws {
    func state(_ destinations: String) throws -> Outcome {
      try publish(to: destinations)
      try Shell.run(
        """
        cd '\(fixture.directory)'; chmod a+x .; chmod -R a+rX checkout etc cache published repo
        chmod 700 etc/gnupg; chmod 600 etc/ssh-key.pem
        """)
      let command = site.command("state").map { "'\($0)'" }.joined(separator: " ")
      return try Shell.start(
        "/bin/bash",
        [
          "-c",
          """
          exec 9>>'\(site.checkout.cache)/fleet/small.lock'; flock 9
          setpriv --reuid 65534 --regid 65534 --clear-groups \(command) 9>&-
          """,
        ])
    }
    let both = try state("directory s3")
    #expect(both.status == 0, "\(both.errors)")
    #expect(both.output.contains("s3://images/of/us was not looked at"), "\(both.output)")
    #expect(both.output.contains("directory,s3?") && both.output.contains("2 up to date"))
    // It is not known whether there is a version.
    let alone = try state("s3")
    #expect(alone.status == 0, "\(alone.errors)")
    #expect(
      alone.output.contains("2 unknown") && !alone.output.contains("to build"), "\(alone.output)")
    let build = try site.run("build")
    #expect(build.status == 69 && build.errors.contains("aws-credentials"), "\(build.errors)")

    try publish(to: "directory")
    for place in ["", "/test", "/test/master/amd64/amd64/a"] {
      let path = "\(directory)\(place)"
      try Shell.run("chmod 000 '\(path)'")
      let words = site.command("state").map { "'\($0)'" }.joined(separator: " ")
      let outcome = try Shell.start(
        "/bin/bash",
        ["-c", "setpriv --reuid 65534 --regid 65534 --clear-groups \(words)"])
      try Shell.run("chmod 755 '\(path)'")
      #expect(outcome.status == 69 && outcome.output.isEmpty, "\(place): \(outcome.output)")
      #expect(
        outcome.errors.contains("\(directory) cannot be used: \(path): Permission denied"),
        "\(place): \(outcome.errors)")
    }
  }
}
