import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Remotes that are not what they should be.
@Suite struct FlatpakTrustTests {
  private let site: FlatpakSite
  private let hello: String

  init() throws {
    site = try FlatpakSite()
    hello = site.first("apps = org.example.Hello")
  }

  @Test func anOlderStateIsRefusedWithBothDates() async throws {
    try site.remote.save()
    try site.remote.publish("Hello")
    let newest = try await site.pull(hello)
    try site.remote.replay()
    let told = try await site.refusal(hello)
    #expect(
      told.contains(
        "example:\(FlatpakSite.hello) of 2024-01-01T00:00:00Z; pulled before: 2024-06-01T00:00:00Z"),
      "\(told)")
    #expect(told.contains("allow_downgrade = true"))
    #expect(try FlatpakPlan(in: site.cache(site.load(hello)).plan) == newest.plan)
    let older = try await site.pull(hello + "allow_downgrade = true\n")
    #expect(try older.plan.items[0].commit == site.commit(FlatpakSite.hello))
    #expect(older.plan.items[0].commit != newest.plan.items[0].commit)
    // It is the newest known state from now on.
    #expect(try await site.pull(hello).plan == older.plan)
  }

  /// An attacker may hope for the time after another variant has removed the newer one.
  @Test func whatWasPulledIsRememberedAfterItWasRemoved() async throws {
    try site.remote.save()
    try site.remote.publish("Hello")
    try await site.pull(hello)
    try await site.pull(site.first("apps = org.example.Chess"))
    try site.remote.replay()
    #expect(try await site.refusal(hello).contains("pulled before: 2024-06-01T00:00:00Z"))
  }

  @Test func aRemoteOfAnUntrustedKeyIsRefused() async throws {
    let lines = "[flatpak-remote-example]\nurl = \(site.remote.url)\napps = org.example.Hello\n"
    let told = try await site.refusal(lines + "trusted_keys = \(site.remote.otherKey)\n")
    #expect(told.contains("what \(site.remote.url) sends is not signed by a key that verifies it"))
    #expect(told.contains("public key not found") && told.contains("trusted_keys"), "\(told)")
    #expect(try site.cachedFiles().isEmpty)
    let both = "trusted_keys = \(site.remote.otherKey) \(site.remote.key)\n"
    #expect(try await site.pull(lines + both).plan.items.count == 4)
  }

  @Test func keysOfTheSectionReplaceThoseOfTheFile() async throws {
    let told = try await site.refusal(hello + "trusted_keys = \(site.remote.otherKey)\n")
    #expect(told.contains("public key not found"), "\(told)")
  }

  @Test(arguments: ["summary.idx", "summaries/*.gz"])
  func aDamagedSummaryIsRefused(files: String) async throws {
    try site.remote.damage(files)
    let told = try await site.refusal(hello)
    #expect(told.contains("\(site.remote.url)"), "\(told)")
    #expect(told.contains("cannot be used: ") || told.contains("not signed by a key"), "\(told)")
    #expect(try site.cachedFiles().isEmpty)
  }

  @Test func aSummaryWithoutASignatureIsRefused() async throws {
    try Shell.run("cd '\(site.remote.repository)'; rm -f *.sig summaries/*.sig")
    let told = try await site.refusal(hello)
    #expect(told.contains("what \(site.remote.url) sends is not signed by a key that verifies it"))
  }

  @Test func aDamagedObjectIsNotPulled() async throws {
    try site.remote.damage("$(find -name '*.filez' -size +40k)")
    let told = try await site.refusal(hello)
    #expect(told.contains("the Flatpaks cannot be pulled: "), "\(told)")
  }

  @Test func anOldRemoteWithoutAnIndexIsUsed() async throws {
    try Shell.run("cd '\(site.remote.repository)'; rm -rf summary.idx* summaries")
    #expect(try await site.pull(hello).plan.items.count == 4)
    #expect(try await site.pull(hello).said.last == "4 refs are in the cache; nothing was new")
  }

  @Test func whereThereIsNoRemoteItIsTold() async throws {
    func section(_ url: String) -> String {
      "[flatpak-remote-a]\nurl = \(url)\ntrusted_keys = \(site.remote.key)\napps = org.example.A\n"
    }
    let empty = try await site.refusal(section("\(site.remote.serverURL)/keys"))
    #expect(empty.contains("it has neither summary.idx nor summary"), "\(empty)")
    let gone = try await site.refusal(section("http://127.0.0.1:1/repo"))
    #expect(
      gone.contains("the Flatpak remote a (http://127.0.0.1:1/repo) cannot be used: "), "\(gone)")
  }

  @Test func allRemotesThatCannotBeUsedAreToldAtOnce() async throws {
    func section(_ name: String, _ source: String) -> String {
      "[flatpak-remote-\(name)]\n\(source)\ntrusted_keys = \(site.remote.key)\n"
        + "apps = org.example.A\n"
    }
    let dead = "http://127.0.0.1:1"
    let told = try await site.refusal(
      section("a", "repo_file = \(dead)/a.flatpakrepo") + section("b", "url = \(dead)/b")
        + section("c", "url = \(site.remote.serverURL)/keys") + hello)
    let lines = told.split(separator: "\n")
    #expect(lines.count == 4 && lines[0] == "3 Flatpak remotes cannot be used:", "\(told)")
    for (line, text) in [
      "a (\(dead)/a.flatpakrepo) cannot be used: ", "b (\(dead)/b) cannot be used: ",
      "c (\(site.remote.serverURL)/keys) cannot be used: it has neither",
    ].enumerated() {
      #expect(lines.dropFirst(line + 1).first?.hasPrefix("  the Flatpak remote \(text)") == true)
    }
    let unsigned = try await site.refusal(
      hello + "trusted_keys = \(site.remote.otherKey)\n"
        + "[flatpak-remote-second]\nurl = \(site.remote.secondURL)\n"
        + "trusted_keys = \(site.remote.otherKey)\n")
    #expect(unsigned.hasPrefix("2 Flatpak remotes cannot be used:\n"), "\(unsigned)")
    for header in ["[flatpak-remote-example]: ", "[flatpak-remote-second]: "] {
      #expect(unsigned.contains("\n  \(header)what "), "\(unsigned)")
    }
  }

  @Test func aRemoteOnThisMachineIsUsed() async throws {
    let pulled = try await site.pull(hello + "url = file://\(site.remote.repository)\n")
    #expect(pulled.plan.items.count == 4)
    #expect(try site.remote.requests().isEmpty)
  }

  @Test func aRepositoryFileMayBeOnAServer() async throws {
    let url = "\(site.remote.serverURL)/example.flatpakrepo"
    let pulled = try await site.pull(
      "[flatpak-remote-example]\nrepo_file = \(url)\napps = org.example.Hello\n")
    #expect(pulled.plan.items.count == 4)
    let told = try await site.refusal(
      "[flatpak-remote-example]\nrepo_file = \(url)s\napps = org.example.Hello\n")
    #expect(told.contains("\(url)s"), "\(told)")
  }

  @Test(arguments: [
    ("", "it has no group [Flatpak Repo] with a Url"),
    ("[Flatpak Repo]\nTitle=T\n", "it has no group [Flatpak Repo] with a Url"),
    ("[Flatpak Repo]\nUrl=https://a\nGPGKey=*\n", "its GPGKey is not base64"),
    ("[Flatpak Repo]\nUrl=ftp://a\nGPGKey=aaaa\n", "has no Url that can be used; accepted: "),
    ("[Flatpak Repo]\nUrl=https://a\n", "there is no key to verify [flatpak-remote-example] with"),
  ])
  func anUnusableRepositoryFileIsTold(text: String, reason: String) async throws {
    try fixture.write("a.flatpakrepo", text)
    let told = try await site.refusal(
      "[build]\ndatadir = \(fixture.directory)\n[flatpak-remote-example]\n"
        + "repo_file = \(fixture.path("a.flatpakrepo"))\n")
    #expect(told.contains(reason), "\(told)")
  }

  private var fixture: Fixture { site.fixture }
}
