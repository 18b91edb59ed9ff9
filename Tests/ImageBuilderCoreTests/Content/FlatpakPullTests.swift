import Bindings
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct FlatpakPullTests {
  private let site: FlatpakSite
  private let hello: String

  init() throws {
    site = try FlatpakSite()
    hello = "[flatpak]\nlocales = pt_BR ru\n" + site.first("apps = org.example.Hello")
  }

  @Test func thePlanHasAllThatIsNeeded() async throws {
    let pulled = try await site.pull(hello)
    let languages = ["/en", "/pt", "/ru"]
    let expected = [
      (FlatpakSite.hello, [], true), (FlatpakSite.helloLocale, languages, false),
      (FlatpakSite.platformLocale, languages, false), (FlatpakSite.platform, [], false),
    ]
    #expect(
      try pulled.plan.items
        == expected.map { ref, subpaths, isWanted in
          FlatpakPlan.Item(
            ref: ref, remote: "example", commit: try site.commit(ref), subpaths: subpaths,
            isWanted: isWanted)
        })
    #expect(
      try pulled.plan.catalogues == ["example": site.commit("appstream2/\(FlatpakSite.arch)")])
    #expect(pulled.plan.collectionIDs == ["example": "org.example.Repo"])
    #expect(pulled.said.contains { $0.hasPrefix("pulling 4 refs, up to ") }, "\(pulled.said)")
    #expect(pulled.said.contains { $0.hasPrefix("pulling \(FlatpakSite.hello) (") })
    #expect(pulled.said.last == "4 refs are in the cache; 4 were pulled now")
    let repository = try Repository(opening: site.cache(site.load(hello)).repository)
    for commit in pulled.plan.commits { #expect(try repository.hasCommit(commit)) }
  }

  @Test func whatIsInTheCacheIsNotAskedFor() async throws {
    let lines = hello + site.second("apps = org.example.Book")
    let first = try await site.pull(lines)
    _ = try site.remote.requests()
    let again = try await site.pull(lines)
    #expect(
      try site.remote.requests().sorted()
        == ["/first/repo/summary.idx", "/second/repo/summary.idx"])
    #expect(again.plan == first.plan)
    #expect(again.said.last == "5 refs are in the cache; nothing was new")
  }

  @Test func onlyWhatIsNewIsPulled() async throws {
    try await site.pull(hello)
    try site.remote.publish("Hello")
    let pulled = try await site.pull(hello)
    #expect(pulled.said.contains("pulling \(FlatpakSite.hello) (1 of 1)"), "\(pulled.said)")
    #expect(pulled.said.last == "4 refs are in the cache; 1 were pulled now")
    #expect(try pulled.plan.items[0].commit == site.commit(FlatpakSite.hello))
  }

  @Test func anotherLanguageIsPulled() async throws {
    try await site.pull(hello)
    let pulled = try await site.pull(hello.replacing("pt_BR ru", with: "de"))
    #expect(pulled.plan.items[1].subpaths == ["/de", "/en"])
    #expect(pulled.said.last == "4 refs are in the cache; 2 were pulled now")
  }

  @Test func languagesAreThoseOfTheConfiguration() async throws {
    let locales = "[image]\nlanguage = fr_FR.UTF-8\n[flatpak]\nlocales = sr@latin de_AT de C\n"
    let pulled = try await site.pull(locales + site.first("apps = org.example.Hello"))
    #expect(pulled.plan.items[1].subpaths == ["/de", "/en", "/fr", "/sr"])
  }

  @Test func whatAnotherVariantNeedsIsKept() async throws {
    try await site.pull(hello, personality: "fr")
    let both = try await site.pull(
      site.first("apps = org.example.Hello org.example.Chess"), personality: "en")
    #expect(both.refs.contains(FlatpakSite.chess))
    // The newer one replaces the commit in this variant only.
    try site.remote.publish("Hello")
    let files = try site.cachedFiles()
    let pulled = try await site.pull(hello, personality: "en")
    #expect(pulled.said.contains { $0.hasPrefix("removed ") && $0.hasSuffix(" from the cache") })
    let repository = try Repository(opening: site.cache(site.load(hello)).repository)
    func has(_ plan: FlatpakPlan, _ ref: String) throws -> Bool {
      try repository.hasCommit(try #require(plan.items.first { $0.ref == ref }).commit)
    }
    #expect(try !has(both.plan, FlatpakSite.chess))
    #expect(try has(both.plan, FlatpakSite.hello) && has(pulled.plan, FlatpakSite.hello))
    #expect(try !files.isSubset(of: site.cachedFiles()))
    #expect(try Shell.run("ostree --repo='\(repository.path)' fsck").status == 0)
  }

  @Test func whatWasRemovedIsPulledAgain() async throws {
    let chess = site.first("apps = org.example.Chess")
    let first = try await site.pull(chess)
    try await site.pull(hello)
    let again = try await site.pull(chess)
    #expect(again.said.last == "3 refs are in the cache; 3 were pulled now")
    let repository = try Repository(opening: site.cache(site.load(chess)).repository)
    for commit in first.plan.commits { #expect(try repository.hasCommit(commit)) }
  }

  @Test func aRemoteThatWasLeftOutIsPulledAgain() async throws {
    let both = hello + site.second("apps = org.example.Book")
    let first = try await site.pull(both)
    try await site.pull(hello)
    try await site.pull(both)
    let repository = try Repository(opening: site.cache(site.load(both)).repository)
    for commit in first.plan.commits { #expect(try repository.hasCommit(commit), "\(commit)") }
  }

  @Test func aRefComesFromTheRemoteThatNamesIt() async throws {
    let pulled = try await site.pull(
      site.first("runtimes = org.example.Platform//1") + site.second("apps = org.example.Hello"))
    let remotes = Dictionary(pulled.plan.items.map { ($0.ref, $0.remote) }) { first, _ in first }
    #expect(remotes[FlatpakSite.hello] == "second")
    #expect(remotes[FlatpakSite.platform] == "example")
    #expect(pulled.plan.items.filter(\.isWanted).count == 2)
  }

  @Test func namesHaveDefaultBranchesAndFullRefs() async throws {
    let arch = FlatpakSite.arch
    for (name, branch) in [
      ("org.example.Hello", "stable"), ("org.example.Hello//beta", "beta"),
      ("org.example.Hello/\(arch)", "stable"), ("app/org.example.Hello/\(arch)/beta", "beta"),
    ] {
      let pulled = try await site.pull(site.first("apps = \(name)"))
      #expect(pulled.refs.contains("app/org.example.Hello/\(arch)/\(branch)"), "\(name)")
    }
    let pulled = try await site.pull(
      site.first("apps = org.example.Hello\ndefault_branch = beta"))
    #expect(pulled.refs.contains("app/org.example.Hello/\(arch)/beta"))
  }

  /// The last branch is another one.
  @Test func theRemoteDeclaresItsDefaultBranch() async throws {
    try site.remote.publish("Hello", branch: "zeta")
    let pulled = try await site.pull(
      """
      [flatpak-remote-example]
      url = \(site.remote.url)
      trusted_keys = \(site.remote.key)
      apps = org.example.Hello
      noenumerate = true
      """)
    #expect(pulled.refs.contains(FlatpakSite.hello), "\(pulled.refs)")
  }

  /// The cache is that of all variants and of earlier configurations.
  @Test func settingsOfARemoteDoNotStayInTheCache() async throws {
    let remote =
      "[flatpak-remote-example]\nurl = \(site.remote.url)\ntrusted_keys = \(site.remote.key)\n"
      + "apps = org.example.Hello\n"
    let beta = try await site.pull(remote + "default_branch = beta\nnoenumerate = true\n")
    #expect(beta.refs.contains("app/org.example.Hello/\(FlatpakSite.arch)/beta"), "\(beta.refs)")
    let stable = try await site.pull(remote)
    #expect(stable.refs.contains(FlatpakSite.hello), "\(stable.refs)")
  }

  @Test func anExcludedExtensionIsLeftOut() async throws {
    let pulled = try await site.pull(
      site.first("apps = org.example.Hello\nexclude = org.example.Hello.Locale"))
    #expect(
      pulled.refs == [FlatpakSite.hello, FlatpakSite.platformLocale, FlatpakSite.platform])
  }

  @Test func anEndOfLifeIsAWarning() async throws {
    let pulled = try await site.pull(site.first("apps = org.example.Old"))
    #expect(
      pulled.said.contains(
        "warning: app/org.example.Old/\(FlatpakSite.arch)/stable gets no more updates: too old"))
  }

  @Test func namesWithoutEffectAreWarnings() async throws {
    let lines =
      "[flatpak]\nlocales = pt_BR ru_RU C de\n"
      + site.first("apps = org.example.Hello\nexclude = org.gone.Application")
    for _ in 0..<2 {
      let warnings = try await site.pull(lines).said.filter { $0.hasPrefix("warning: ") }
      let ends = [
        "6: flatpak-remote-example:exclude: no remote offers org.gone.Application for "
          + FlatpakSite.arch,
        "2: flatpak:locales: no locale extension of the image has ru",
      ]
      #expect(warnings.count == ends.count, "\(warnings)")
      for (warning, end) in zip(warnings, ends) {
        #expect(warning.hasSuffix("config/defaults.ini:\(end)"), "\(warning)")
      }
    }
    let none = try await site.pull(
      "[flatpak]\nlocales = ru\n"
        + site.first(
          "apps = org.example.Hello\nexclude = org.example.Hello.Locale org.example.Platform.Locale"
        ))
    #expect(!none.said.contains { $0.hasPrefix("warning: ") }, "\(none.said)")
  }

  @Test func anotherURLIsAnotherRemote() async throws {
    try site.remote.save()
    try site.remote.publish("Hello")
    try await site.pull(hello)
    // An older state, but at another place.
    try Shell.run(
      "cd '\(site.remote.repository)'/..; mkdir other; mv saved other/repo; "
        + "sed -i 's#/first/repo#/first/other/repo#' '\(site.remote.repositoryFile)'")
    let pulled = try await site.pull(hello)
    #expect(pulled.said.last == "4 refs are in the cache; 4 were pulled now")
    let old = try Shell.run(
      "ostree --repo='\(site.remote.repository)/../other/repo' rev-parse '\(FlatpakSite.hello)'")
    #expect(pulled.plan.items[0].commit == old.lines[0])
  }
}
