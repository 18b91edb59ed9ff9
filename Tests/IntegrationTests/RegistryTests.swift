import Foundation
import SystemPackage
import TestSupport
import Testing

/// Builds that publish to a registry.
@Suite(.serialized) struct RegistryTests {
  let checkout: CheckoutFixture
  let registry: RegistryServer
  private let name = "test-master-amd64-amd64.1.base"

  init() throws {
    checkout = try CheckoutFixture()
    registry = try RegistryServer(.password, hasCertificate: true)
    try registry.writeCredentials(checkout.fixture.path("etc/registry-auth.json"))
    try checkout.fixture.write(
      "checkout/config/local.ini",
      """
      [publish]
      destinations = directory registry
      registry = \(registry.host)/team/images
      registry_authfile = ${build:sysconfdir}/registry-auth.json
      registry_ca = \(registry.certificate!)
      """)
  }

  private func expectPulled(_ tag: String, toBe outputs: FilePath) throws {
    let pulled = checkout.fixture.path("pulled")
    try registry.pull(
      "team/images:\(tag)", to: pulled,
      credentials: checkout.fixture.path("etc/registry-auth.json"))
    // The log of a build goes on after it was published.
    try Shell.run("diff -r -x '*.build.txt' '\(outputs)' '\(pulled)'")
    let verified = try checkout.build(
      ["--verify", pulled.string, "--key", checkout.signingKey.publicKey.string])
    #expect(verified.status == 0, "\(verified.errors)")
  }

  @Test func aBuildIsPulledAsItIsInTheDirectory() throws {
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let published = checkout.published.pushing(
      FilePath("test/master/amd64/amd64/base/\(name)"))
    for tag in [name, "latest-test--master--amd64--amd64--base"] {
      try expectPulled(tag, toBe: published)
    }
    let log = try String(contentsOfFile: "\(published)/\(name).build.txt", encoding: .utf8)
    #expect(!(log + outcome.errors).contains(RegistryServer.credentials))
    try checkout.expectFailure(
      try checkout.build(["--build-version", "1"]), 65, "exists already")
  }

  @Test func whatARegistryRefusesIsToldBeforeTheBuild() throws {
    let nothing = "cd '\(checkout.cache)'; find . -type f ! -name '*.lock'"
    try registry.writeCredentials(
      checkout.fixture.path("etc/registry-auth.json"),
      encoded: Data("builder:wrong".utf8).base64EncodedString())
    try checkout.expectFailure(
      try checkout.build(["--build-version", "a+b"]), 65, "cannot be published to publish:registry")
    try checkout.expectFailure(
      try checkout.build(), 69, "cannot begin an upload: it answered 401 (UNAUTHORIZED")
    #expect(try Shell.run(nothing).output == "")
  }

  /// A build that is killed while it uploads leaves no version, and the next one completes it.
  @Test func aKilledPublishIsCompletedByTheNextOne() throws {
    try checkout.addHook("image", "50-large", "head -c 60M /dev/urandom >\"$OSTREE_VAR\"/large")
    let stages = "ostree,image,manifest,check"
    let built = try checkout.build(["--build-version", "1", "--stages", stages])
    try #require(built.status == 0, "\(built.errors)")
    let outputs = checkout.cache.appending("build/test-master-amd64-amd64-base/out")

    let killed = try checkout.start(["--from-stage", "publish"])
    let uploads = registry.storage.pushing(
      "docker/registry/v2/repositories/team/images/_uploads")
    for _ in 0..<60_000 where killed.isRunning {
      usleep(1000)
      let found = try Shell.start(
        "/usr/bin/find", [uploads.string, "-name", "data", "-size", "+4M"])
      if !found.output.isEmpty { break }
    }
    #expect(killed.isRunning, "\(killed.errors)")
    killed.send(SIGKILL)
    _ = killed.wait()

    let next = try checkout.build(["--from-stage", "publish"])
    try #require(next.status == 0, "\(next.errors)")
    try expectPulled(name, toBe: outputs)
  }
}
