import Foundation
import SystemPackage
import TestSupport
import Testing

/// A site with its own configuration and hooks, in the layout of the Endless Image Builder. Its
/// hooks fail if the hook contract is violated.
@Suite(.serialized) struct SiteTests {
  private static let environment = [
    "SITE_LEAK": "1", "http_proxy": "http://proxy.invalid",
  ]

  private let checkout: CheckoutFixture
  private let site = Checkout.directory.appending("Tests/Fixtures/site")

  init() throws {
    checkout = try CheckoutFixture(site: site, product: "site")
  }

  private func build(_ more: [String] = []) throws -> Outcome {
    try checkout.build(
      ["--personality", "en", "--build-version", "1"] + more, product: "site",
      environment: Self.environment)
  }

  /// Returns what the hooks wrote to the manifest.
  private func facts() throws -> (facts: [String: [String: String]], mounts: [String: Any]) {
    let directory = try checkout.publishedDirectory()
    let file = directory.appending("site-master-amd64-amd64.1.en.manifest.json")
    let text = try Data(contentsOf: URL(fileURLWithPath: file.string))
    let manifest = try JSONSerialization.jsonObject(with: text) as? [String: Any]
    let site = try #require(manifest?["site"] as? [String: Any])
    return (
      try #require(site["facts"] as? [String: [String: String]]),
      try #require(site["mounts"] as? [String: Any])
    )
  }

  @Test func aSiteBuildsAndItsHooksSeeTheContract() throws {
    let outcome = try build()
    try #require(outcome.status == 0, "\(outcome.errors)")
    let (facts, mounts) = try facts()
    #expect(facts["host"]?["motto"] == "learn \"more\", 100$ = it's worth")
    #expect(facts["inside"]?["motto"] == facts["host"]?["motto"])
    let resolver = try String(contentsOfFile: "/etc/resolv.conf", encoding: .utf8)
    #expect(facts["inside"]?["resolver"] == resolver.trimmingCharacters(in: .newlines))
    #expect(
      facts["library"]?["outfile"]
        == "\(checkout.cache)/tmp/out/site-master-amd64-amd64.1.en.img.gz")
    #expect(facts["library"]?["chroot"] == "from inside")
    for place in [
      "/", "/sys", "/proc", "/dev", "/dev/pts", "/tmp", "/var", "/sysroot", "/usr",
      "/tmp/eos-image-builder", "/tmp/eos-image-builder/src",
    ] {
      #expect(mounts[place] != nil, "\(place) of \(mounts.keys)")
    }
    #expect(outcome.errors.contains("warning: ") == false || !outcome.errors.contains("collide"))
    let state = try HostState(concerning: checkout.fixture.directory)
    #expect(state.mounts.isEmpty && state.processes.isEmpty, "\(state)")
  }

  @Test func aLocalDirectoryAddsAndOverrides() throws {
    let local = checkout.fixture.path("local")
    try Shell.run("cp -R '\(site)/localdir' '\(local)'")
    try checkout.fixture.write(
      "second/hooks/image/40-site-overridden",
      ". \"$EIB_SRCDIR/hooks/facts.sh\"\nfact overridden by second\n")
    let outcome = try build(
      ["--localdir", local.string, "--localdir", checkout.fixture.path("second").string])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("image/60-site-local: finished"))
    #expect(try facts().facts["host"]?["greeting"] == "local")
    #expect(try facts().facts["overridden"]?["by"] == "second")
  }

  @Test func aFailureRunsTheErrorHooks() throws {
    try checkout.fixture.write("checkout/config/local.ini", "[site]\nfail = true\n")
    // A site that is not there is a warning.
    let outcome = try build(["--localdir", checkout.fixture.path("nowhere").string])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("/nowhere: no such directory; --localdir adds nothing"))
    #expect(try checkout.fixture.text("cache/site-error").hasPrefix("group error\n"))
    #expect(outcome.errors.contains("the hook image/45-site-fail"))
  }
}
