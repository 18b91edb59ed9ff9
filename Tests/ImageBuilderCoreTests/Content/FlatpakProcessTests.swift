import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// `image-builder flatpak ACTION`, as hooks run it.
@Suite struct FlatpakProcessTests {
  private let site: FlatpakSite
  private let hook: FlatpakHook
  private var fixture: Fixture { site.fixture }

  init() throws {
    site = try FlatpakSite()
    hook = try FlatpakHook(site)
  }

  private func manifest(_ configuration: Configuration) throws -> String {
    try Shell.run("cat '\(BuildPaths(configuration).manifestDirectory)'/flatpak.json").output
  }

  @Test func withoutRemotesNothingIsDone() async throws {
    let lines = "[flatpak]\nenable = false\n" + site.first("apps = org.example.Hello")
    let configuration = try site.load(lines)
    for action in ["pull", "install", "manifest"] {
      #expect(try hook.run(action, configuration).text == "", "\(action)")
    }
    #expect(!fixture.exists("cache/content/flatpak") && !fixture.exists("var/lib"))
    let fragment = try JSONValue(parsing: manifest(configuration))
    let empty = JSONValue.object([:])
    #expect(
      fragment
        == .object(["flatpak": .object(["remotes": empty, "runtimes": empty, "apps": empty])])
    )
  }

  @Test func aProbeNamesWhatWouldBePulled() throws {
    let configuration = try site.load(site.first("apps = org.example.Hello"))
    let shown = [
      BuildVariable.savedPublicConfiguration.rawValue:
        try BuildPaths(configuration).publicConfiguration.string
    ]
    let output = try hook.run("probe", configuration, shown)
    #expect(output.status == 0, "\(output.text)")
    let probes = try InputProbes(parsing: output.text, from: "the probe").digests
    #expect(
      Set(probes.keys) == [
        FlatpakSite.hello, FlatpakSite.helloLocale, FlatpakSite.platform,
        FlatpakSite.platformLocale,
      ])
    #expect(probes.values.allSatisfy(DigestSyntax.isValid))
    try site.remote.publish("Hello")
    let later = try InputProbes(
      parsing: hook.run("probe", configuration, shown).text, from: "the probe"
    ).digests
    #expect(later[FlatpakSite.hello] != probes[FlatpakSite.hello])
    #expect(later[FlatpakSite.platform] == probes[FlatpakSite.platform])
    #expect(!fixture.exists("cache/content/flatpak"))
    #expect(try hook.run("probe", site.load(""), shown).text == "")
  }

  @Test func aTreeWithoutFlatpakIsRefused() async throws {
    try Shell.run("rm '\(hook.deployment)/usr/bin/flatpak'")
    let output = try hook.run("pull", site.load(site.first("apps = org.example.Hello")))
    #expect(output.lines.last?.contains("the tree has no program flatpak") == true)
    #expect(output.status == 65)
    #expect(try site.remote.requests().isEmpty)
  }

  /// Where other failures are waited for, a delay of this length is too long for a silent server.
  @Test func aRemoteThatIsNotThereIsNotWaitedFor() async throws {
    let configuration = try site.load(
      "[flatpak-remote-a]\nurl = http://127.0.0.1:1/a\ntrusted_keys = \(site.remote.key)\n"
        + "apps = org.example.A\n")
    let output = try hook.run(
      "pull", configuration, [BuildVariable.retryInterval.rawValue: "100"])
    #expect(output.status == 69 && !output.text.contains("trying again"), "\(output.text)")
    #expect(output.text.contains("the Flatpak remote a (http://127.0.0.1:1/a) cannot be used: "))
  }

  @Test func whatIsNoActionAndWhatIsNoHookIsTold() async throws {
    let configuration = try site.load("")
    let unknown = try hook.run("pul", configuration)
    #expect(
      unknown.text.contains(
        "error: image-builder flatpak: unknown action 'pul'; accepted: pull, install, "
          + "manifest, probe; did you mean pull?"), "\(unknown.text)")
    #expect(unknown.status == 64)
    let outside = try Shell.start(FlatpakHook.engine, ["flatpak", "pull"])
    #expect(outside.status == 64 && outside.errors.contains("--show-apps"), "\(outside.errors)")
  }

  @Test func extraDataIsDownloadedOnceAndInstalled() async throws {
    let content = "published elsewhere\n"
    let data = try fixture.write("remotes/data", content)
    try site.remote.publish("Extra", "--extra='\(site.remote.serverURL)/data=\(data)'")
    let lines = site.first(
      "apps = org.example.Extra\nallow_extra_data = org.example.Extra")
    let configuration = try site.load(lines)
    for _ in 0..<2 {
      let output = try hook.run("pull", configuration)
      #expect(output.status == 0, "\(output.text)")
    }
    #expect(try site.remote.requests().filter { $0 == "/data" }.count == 1)
    site.remote.stop()
    let output = try hook.run("install", configuration)
    #expect(output.status == 0, "\(output.text)")
    let app = "app/org.example.Extra/\(FlatpakSite.arch)/stable/active/files/extra/data"
    #expect(try fixture.text("var/lib/flatpak/\(app)") == content)
  }

  @Test(arguments: [
    ("published otherwise\n", "has the SHA-256 "),
    ("longer than what was published\n", "it has more than the 20 bytes that are accepted"),
    (nil, "404"),
  ])
  func otherExtraDataIsRefused(served: String?, reason: String) async throws {
    let data = try fixture.write("remotes/data", "published elsewhere\n")
    try site.remote.publish("Extra", "--extra='\(site.remote.serverURL)/data=\(data)'")
    if let served {
      try fixture.write("remotes/data", served)
    } else {
      try Shell.run("rm '\(data)'")
    }
    let told = try await site.refusal(
      site.first("apps = org.example.Extra\nallow_extra_data = org.example.Extra"))
    let app = "app/org.example.Extra/\(FlatpakSite.arch)/stable"
    #expect(told.contains("the extra data of \(app) cannot be downloaded: "), "\(told)")
    #expect(told.contains(reason), "\(told)")
    #expect(try site.cachedFiles().isEmpty)
  }
}
