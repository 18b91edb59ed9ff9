import Foundation
import SystemPackage
import TestSupport
import Testing

/// Builds that publish to a host that ssh reaches.
@Suite(.serialized) struct SSHPublishTests {
  let checkout: CheckoutFixture
  let server: SSHServer
  private var images: FilePath { checkout.fixture.path("images there") }
  private var target: FilePath {
    images.pushing("test/master/amd64/amd64/base/test-master-amd64-amd64.7.base")
  }

  init() throws {
    checkout = try CheckoutFixture()
    server = try SSHServer(checkout.fixture)
    try checkout.fixture.write("etc/known_hosts", server.knownHost)
    try Shell.run("cp '\(server.key)' '\(checkout.system)/ssh-key.pem'")
    try checkout.writeSystemConfiguration(
      """
      destinations = ssh
      ssh = root@127.0.0.1:\(images)
      [build]
      ssh_options = -p \(server.port)
      """)
  }

  @Test func aBuildThatIsKilledWhileItPublishesIsCompletedByTheNext() throws {
    try server.set(fault: "stall 400000")
    let program = try checkout.start(["--build-version", "7"])
    let received = "find '\(images)' -name '*.img.zst' -size +100k 2>/dev/null || true"
    for _ in 0..<1200 where try Shell.run(received).output.isEmpty { usleep(100_000) }
    program.send(SIGKILL)
    let outcome = program.wait()
    #expect(outcome.status == 128 + SIGKILL)
    #expect(try !Shell.run(received).output.isEmpty, "\(outcome.errors)")
    #expect(try Shell.run("ls '\(images)'").output.isEmpty)

    try server.set(fault: nil)
    let next = try checkout.build(["--from-stage", "publish"])
    try #require(next.status == 0, "\(next.errors)")
    #expect(next.errors.contains("published to root@127.0.0.1:\(images)/test/"))
    try Shell.run("cd '\(target)'; sha256sum --check --quiet --strict SHA256SUMS")
    let left = try Shell.run("ls -A '\(images)'").lines
    #expect(left == [".last", ".lock", "index.html", "index.json", "latest", "test"], "\(left)")
    let again = try checkout.build(["--build-version", "7"])
    let refusal = ".7.base exists already in root@127.0.0.1:\(images); a published build"
    #expect(again.status == 65 && again.errors.contains(refusal), "\(again.errors)")
  }

  @Test func aHostThatNobodyKnowsIsToldBeforeTheBuild() throws {
    try checkout.fixture.write("etc/known_hosts", "")
    let outcome = try checkout.build()
    #expect(outcome.status == 69, "\(outcome.errors)")
    for text in [
      "the key of the host is not in \(checkout.system)/known_hosts",
      "ssh-keyscan -p \(server.port) 127.0.0.1 >>\(checkout.system)/known_hosts",
    ] { #expect(outcome.errors.contains(text), "\(outcome.errors)") }
    #expect(!outcome.errors.contains(" building "))
    try checkout.expectNothingDeployed()
  }
}
