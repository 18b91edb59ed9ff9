import Bindings
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Installations into a deployed system. The remotes are no longer on the server.
@Suite struct FlatpakImageTests {
  private let site: FlatpakSite
  private let hook: FlatpakHook
  private var fixture: Fixture { site.fixture }

  init() throws {
    site = try FlatpakSite()
    hook = try FlatpakHook(site)
  }

  /// Pulls what a configuration names, and removes the remotes.
  private func pulled(_ lines: String) async throws -> (Configuration, FlatpakPlan) {
    let plan = try await site.pull(lines).plan
    site.remote.stop()
    _ = try site.remote.requests()
    return (try site.load(lines), plan)
  }

  private var remoteConfiguration: [Substring] {
    get throws { try fixture.text("var/lib/flatpak/repo/config").split(separator: "\n") }
  }

  @Test func theInstallationIsThatOfThePlan() async throws {
    let (configuration, plan) = try await pulled(
      "[flatpak]\nlocales = de_DE\n"
        + site.first(
          """
          apps = org.example.Hello
          deploy_url = https://example.org/repo
          title = Mine
          prio = 3
          noenumerate = true
          """) + site.second("apps = org.example.Book"))
    // As systemd-tmpfiles makes it.
    _ = try fixture.makeDirectory("var/lib/flatpak/repo/objects")
    let output = try hook.run("install", configuration)
    #expect(output.status == 0, "\(output.text)")
    #expect(output.lines.contains("installing \(FlatpakSite.hello) (4 of 5)"), "\(output.text)")
    #expect(output.lines.contains { HookProgress.bytes(in: $0) != nil })
    #expect(output.lines.contains { $0.hasPrefix("installed 5 refs, ") })

    #expect(try site.remote.requests().isEmpty)
    #expect(try Shell.run("ls -A '\(hook.installation)/repo/tmp'").output == "")

    let installed = try FlatpakInstallation(hook.installation).installedRefs()
    #expect(
      installed.map { [["\($0.ref)", $0.remote, $0.commit], $0.subpaths] }
        == plan.items.map { [[$0.ref, $0.remote, $0.commit], $0.subpaths] })
    let locale = "var/lib/flatpak/\(FlatpakSite.helloLocale)/active/files"
    #expect(try Shell.run("ls '\(fixture.path(locale))'").lines == ["de", "en"])
    #expect(fixture.exists("var/lib/flatpak/appstream/example/\(FlatpakSite.arch)/active"))
    #expect(
      try fixture.text("var/lib/flatpak/exports/share/applications/org.example.Hello.desktop")
        .contains("Exec=/usr/bin/flatpak run "))

    for line in [
      "url=https://example.org/repo", "xa.title=Mine", "xa.prio=3", "xa.noenumerate=true",
      "xa.default-branch=stable", "gpg-verify=true", "gpg-verify-summary=true",
      "collection-id=org.example.Repo", "collection-id=org.example.Second",
      "url=\(site.remote.secondURL)",
    ] {
      #expect(try remoteConfiguration.contains { $0 == line }, "\(line)")
    }
    for word in ["file:", "languages", "masked"] {
      #expect(try !remoteConfiguration.contains { $0.contains(word) }, "\(word)")
    }
    #expect(
      try Shell.run("grep -rl '\(fixture.directory)' '\(hook.installation)' || true").output == "")

    try await describe(configuration, plan)
  }

  /// The fragment of the manifest.
  private func describe(_ configuration: Configuration, _ plan: FlatpakPlan) async throws {
    #expect(try hook.run("manifest", configuration).status == 0)
    let directory = try BuildPaths(configuration).manifestDirectory
    let text = try Shell.run("cat '\(directory)'/*.json").output
    let fragment = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let flatpak = try #require(fragment["flatpak"] as? [String: [String: [String: Any]]])
    #expect(
      flatpak["remotes"]?["example"] as? [String: String] == [
        "url": "https://example.org/repo", "collection-id": "org.example.Repo",
      ])
    #expect(flatpak["remotes"]?.count == 2)
    let app = try #require(flatpak["apps"]?["org.example.Hello/\(FlatpakSite.arch)/stable"])
    let expected: [String: String] = [
      "name": "org.example.Hello", "arch": FlatpakSite.arch, "branch": "stable",
      "ref": FlatpakSite.hello, "remote": "example", "date": "2024-01-01T00:00:00+0000",
      "version": "1.5", "runtime": "org.example.Platform/\(FlatpakSite.arch)/1",
      "commit": try #require(plan.items.first { $0.ref == FlatpakSite.hello }).commit,
    ]
    for (key, value) in expected { #expect(app[key] as? String == value, "\(key)") }
    #expect(
      app["appdata"] as? [String: [String: String]]
        == ["C": ["name": "Hello", "summary": "Says Hello"]])
    #expect((app["size"] as? Int ?? 0) > 50_000)
    let runtimes = try #require(flatpak["runtimes"])
    #expect(runtimes.count == 3 && flatpak["apps"]?.count == 2)
    let locale = runtimes["org.example.Hello.Locale/\(FlatpakSite.arch)/stable"]
    #expect(locale?["subpaths"] as? [String] == ["/de", "/en"])
    #expect(locale?["runtime"] == nil)
  }

  @Test func theHostHasNoEffectAndTwoInstallationsAreEqual() async throws {
    let (configuration, _) = try await pulled(
      "[flatpak]\nlocales = fr\n" + site.first("apps = org.example.Hello"))
    var listings: [String] = []
    for (name, language) in [("one", "de_DE.UTF-8"), ("two", "C")] {
      let directory = try fixture.makeDirectory(name)
      let output = try hook.run(
        "install", configuration, in: directory,
        ["LANG": language, "LANGUAGE": language, "LC_ALL": language, "HOME": directory.string])
      #expect(output.status == 0, "\(output.text)")
      listings.append(try FlatpakHook.listing(directory))
    }
    #expect(listings[0] == listings[1])
    #expect(listings[0].contains("org.example.Hello.Locale/\(FlatpakSite.arch)/stable"))
    #expect(listings[0].contains("/files/fr/c") && !listings[0].contains("/files/de/a"))
  }

  @Test func whatTheSystemKeepsIsSetThere() async throws {
    let (configuration, _) = try await pulled(
      "[flatpak]\nlocales = pt_BR de\nset_extra_languages = true\nenable_p2p_updates = false\n"
        + site.first("apps = org.example.Hello\nexclude = org.example.Hello.Locale"))
    let output = try hook.run("install", configuration)
    #expect(output.status == 0, "\(output.text)")
    let lines = try remoteConfiguration
    #expect(lines.contains("xa.extra-languages=pt_BR;de"), "\(lines)")
    #expect(lines.contains("url=\(site.remote.url)") && lines.contains("xa.title=Example"))
    #expect(!lines.contains { $0.hasPrefix("collection-id=") || $0.hasPrefix("xa.masked") })
    #expect(!fixture.exists("var/lib/flatpak/\(FlatpakSite.helloLocale)"))
  }

  @Test func damageInTheCacheIsFoundAndThePullRepairsIt() async throws {
    let lines = site.first("apps = org.example.Hello")
    let plan = try await site.pull(lines).plan
    let configuration = try site.load(lines)
    let objects = fixture.path("cache/content/flatpak/repo/objects")
    let object = try #require(
      Shell.run("find '\(objects)' -name '*.filez' -size +40k -printf '%P\\n' | sort").lines.first)
    try RepositoryFixture.damage(objects.appending(object))
    let output = try hook.run("install", configuration)
    let last = output.text
    #expect(
      last.contains("error: the Flatpaks that were installed are damaged:"), "\(last)")
    #expect(last.contains(object.replacing("/", with: "").replacing(".filez", with: "")), "\(last)")
    #expect(
      last.contains("they were removed from \(fixture.path("cache/content/flatpak")), whose disk"),
      "\(last)")
    #expect(try !site.cachedFiles().contains(object))

    _ = try site.remote.requests()
    #expect(try await site.pull(lines).plan == plan)
    let fetched = try site.remote.requests().filter { $0.hasSuffix(".filez") }
    #expect(fetched == ["/first/repo/objects/\(object)"])
    let again = try hook.run("install", configuration, in: fixture.makeDirectory("again"))
    #expect(again.status == 0, "\(again.text)")
    #expect(try Shell.run("ostree --repo='\(objects)/..' fsck").status == 0)
  }

  @Test func damageThatIsNotInTheCacheRemovesNothing() async throws {
    let (configuration, _) = try await pulled(site.first("apps = org.example.Hello"))
    #expect(try hook.run("install", configuration).status == 0)
    let (files, cache) = (try site.cachedFiles(), try site.cache(configuration))
    let objects = try Repository(opening: hook.installation.appending("repo")).allObjects()
    #expect(try cache.removeDamage(among: objects) == false)
    #expect(try site.cachedFiles() == files)
  }

  @Test func theTreesTriggersRunInTheTree() async throws {
    let root = try SmallTree.make(fixture, "deployment")
    let trigger = try fixture.write(
      "deployment/usr/share/flatpak/triggers/desktop.trigger",
      "#!/bin/sh\nls \"$1/exports/share/applications\" > /var/seen; echo updated\n", mode: 0o755)
    try fixture.write("deployment/usr/share/flatpak/triggers/README", "no trigger")
    try Shell.run("mount --bind '\(hook.varDirectory)' '\(root)/var'")
    fixture.atEnd { _ = try? Shell.run("umount -l '\(root)/var'") }
    let (configuration, _) = try await pulled(site.first("apps = org.example.Hello"))
    let output = try hook.run("install", configuration)
    #expect(output.status == 0 && output.lines.contains("updated"), "\(output.text)")
    #expect(try fixture.text("var/seen") == "org.example.Hello.desktop\n")

    try Shell.run("rm -r '\(hook.installation)'; echo 'echo broken >&2; exit 3' >> '\(trigger)'")
    let failed = try hook.run("install", configuration)
    #expect(
      failed.text.contains(
        "error: desktop.trigger, which Flatpak runs after each installation, failed in the "
          + "tree: "), "\(failed.text)")
    #expect(failed.text.contains("broken"))
  }

  @Test func anInstallationNeedsAPlanAndWhatItNames() async throws {
    let configuration = try site.load(site.first("apps = org.example.Hello"))
    let early = try hook.run("install", configuration)
    #expect(early.text.contains("the hook 50-flatpak of the content group writes that"))

    let (_, plan) = try await pulled(site.first("apps = org.example.Hello"))
    let other = FlatpakPlan(
      items: plan.items.map { item in
        FlatpakPlan.Item(
          ref: item.ref, remote: item.remote, commit: String(repeating: "0a", count: 32),
          subpaths: item.subpaths, isWanted: item.isWanted)
      }, catalogues: [:], extraData: [], collectionIDs: [:])
    try other.write(to: site.cache(configuration).plan)
    let changed = try hook.run("install", configuration)
    #expect(
      changed.text.contains(
        "error: \(FlatpakSite.hello) was installed with the commit \(plan.items[0].commit), "
          + "but the content hook has pulled 0a0a"), "\(changed.text)")
  }

  @Test func littleFreeSpaceIsAWarning() {
    let lines = LineCollector()
    FlatpakImage.warnOfSpace(extraSpaceInBytes: 500 << 20, say: lines.append)
    #expect(lines.text == "")
    FlatpakImage.warnOfSpace(extraSpaceInBytes: 400 << 20, say: lines.append)
    #expect(lines.text.hasPrefix("warning: image:extra_space is 400.0 MiB, but "), "\(lines.text)")
  }
}
