import TestSupport
import Testing

@testable import Configuration

/// The sections `[flatpak]` and `[flatpak-remote-NAME]`.
@Suite struct FlatpakOptionsTests {
  private static let closed = "[schema]\nunknown = error\n"

  /// Returns the errors about a configuration, with paths relative to the site.
  private func problems(_ files: [String: String]) throws -> String {
    let site = try Site(files)
    return try site.load().validationMessage.replacing("\(site.fixture.directory)/", with: "")
  }

  private func problems(_ options: String) throws -> String {
    try problems(["config/local.ini": "[flatpak-remote-a]\n\(options)\n"])
  }

  @Test func theOptionsOfEIBAreAccepted() throws {
    #expect(
      try problems([
        "config/schema.ini": Self.closed,
        "config/defaults.ini": """
        [flatpak]
        enable = true
        arch = x86_64
        locales_add = de pt_BR
        set_extra_languages = true
        enable_p2p_updates = false
        must_keep_add = org.example.A
        [flatpak-remote-any.name_1-x]
        enable = true
        url = https://example.org/repo
        deploy_url = https://example.org/other
        apps_add = org.example.A org.example.B//beta
        runtimes_add = runtime/org.example.P/x86_64/1
        exclude_add = org.example.P.Locale
        allow_extra_data_add = org.example.B
        title = A title
        default_branch = stable
        prio = 2
        noenumerate = true
        allow_downgrade = false
        """,
        "config/product/eos.ini":
          "[flatpak-remote-any.name_1-x]\napps_del = org.example.A\ntrusted_keys =\n",
        "config/branch/eos5.1.ini": "", "config/personality/en.ini": "",
      ]) == "")
  }

  @Test func aMisspeltOptionIsToldWithTheNearestOne() throws {
    let found = try problems([
      "config/schema.ini": Self.closed,
      "config/local.ini":
        "[flatpak-remote-a]\nurl = https://a\ntitel = T\n[flatpak]\nlocale = de\n",
    ])
    #expect(
      found.contains(
        "config/local.ini:3: unknown option flatpak-remote-a:titel; did you mean title?"))
    #expect(
      found.contains("config/local.ini:5: unknown option flatpak:locale; did you mean locales?"),
      "\(found)")
  }

  @Test func listsAreMerged() throws {
    let configuration = try Site([
      "config/defaults.ini":
        "[flatpak-remote-a]\nurl = https://a\napps_add = org.example.A org.example.B\n"
        + "[flatpak-remote-b]\nurl = https://b\n",
      "config/product/eos.ini": "[flatpak-remote-a]\napps_add = org.example.C\n",
      "config/personality/en.ini": "[flatpak-remote-a]\napps_del = org.example.A\n",
    ]).load()
    let remotes = configuration.flatpakRemotes
    #expect(remotes.map(\.name) == ["a", "b"])
    #expect(try configuration.value(remotes[0].apps) == ["org.example.B", "org.example.C"])
    #expect(try configuration.value(remotes[0].excluded) == [])
    #expect(configuration.usedFlatpakRemotes.map(\.name) == ["a"])
  }

  @Test func pathsOfRemotesAreThoseOnThisMachine() throws {
    let configuration = try Site([
      "config/local.ini": """
      [flatpak-remote-a]
      url = file:///srv/a
      repo_file = /srv/a.flatpakrepo
      trusted_keys = /srv/a.gpg /srv/b.gpg
      [flatpak-remote-b]
      url = https://example.org/b
      repo_file = file:///srv/b.flatpakrepo
      [flatpak-remote-c]
      repo_file = https://example.org/c.flatpakrepo
      [flatpak-remote-d]
      enable = false
      url = file:///srv/d
      """
    ]).load()
    #expect(
      configuration.flatpakPaths == [
        "/srv/a", "/srv/a.flatpakrepo", "/srv/a.gpg", "/srv/b.gpg", "/srv/b.flatpakrepo",
      ])
  }

  @Test func whatIsSwitchedOffIsNotLookedAt() throws {
    let bad = "[flatpak-remote-a]\napps_add = x\nenable = no\n"
    #expect(try problems(["config/local.ini": bad]) == "")
    let off = "[flatpak]\nenable = false\n[flatpak-remote-a]\napps_add = x\n"
    #expect(try problems(["config/local.ini": off]) == "")
    #expect(try Site(["config/local.ini": off]).load().flatpakRemotes.isEmpty)
  }

  @Test func wordsThatAreNoNamesAreToldWithTheirLines() throws {
    let found = try problems(
      """
      url = https://a
      apps_add = org.example.A maps
        org.example.9
      runtimes_add = app/org.example.P/x86_64/1 runtime/org.example.P/x86_64/1
      exclude_add = org.example.A//stable
      allow_extra_data_add = all
      [flatpak]
      locales_add = C de pt_BR.UTF-8 sr@latin german DE
      """)
    for text in [
      "config/local.ini:3: flatpak-remote-a:apps is 'maps'; accepted: NAME, NAME/ARCH,",
      "config/local.ini:4: flatpak-remote-a:apps is 'org.example.9'; accepted: ",
      "config/local.ini:5: flatpak-remote-a:runtimes is 'app/org.example.P/x86_64/1'; accepted: ",
      "config/local.ini:6: flatpak-remote-a:exclude is 'org.example.A//stable'; accepted: a name",
      "config/local.ini:7: flatpak-remote-a:allow_extra_data is 'all'; accepted: a name",
      "config/local.ini:9: flatpak:locales is 'DE german'; accepted: locales such as de or pt_BR",
    ] {
      #expect(found.contains(text), "\(text): \(found)")
    }
  }

  @Test func aPrivateWordIsNotQuoted() throws {
    let found = try problems([
      "config/private.ini": "[flatpak-remote-a]\nurl = https://a\napps_add = sentinel\n"
    ])
    #expect(
      found.contains("config/private.ini:3: flatpak-remote-a:apps is '<private>'"), "\(found)")
    #expect(!found.contains("sentinel"))
  }

  @Test func aRemoteNeedsAURLOrAFileThatHasOne() throws {
    #expect(
      try problems("\ntitle = T").contains(
        "config/local.ini:3: flatpak-remote-a:url is not set, and neither is repo_file: set one of")
    )
    for file in ["/nowhere/a.flatpakrepo", "file:///nowhere/a.flatpakrepo"] {
      #expect(
        try problems("repo_file = \(file)").contains(
          "config/local.ini:2: flatpak-remote-a:repo_file is \(file), but there is no such file"))
    }
    #expect(try problems("repo_file = https://example.org/a.flatpakrepo") == "")
    #expect(try problems("repo_file = \(Checkout.directory.appending("README.md"))") == "")
  }

  @Test(arguments: [
    "url = example.org", "url = ftp://example.org", "deploy_url = /srv/repo", "enable = perhaps",
    "prio = high", "prio = -1", "noenumerate = x", "allow_downgrade = 2",
    "url = https://user:word@example.org/repo",
  ])
  func aValueThatCannotBeUsedIsToldWithItsLine(line: String) throws {
    let option = line.prefix { $0 != " " }
    let others = option == "url" ? "" : "url = https://a\n"
    let found = try problems(others + line)
    let number = others.isEmpty ? 2 : 3
    #expect(found.contains("config/local.ini:\(number): flatpak-remote-a:\(option) is"), "\(found)")
    #expect(!found.contains(":word@"))
  }

  @Test(arguments: ["", "a b", "a/b", ".."])
  func aRemoteNeedsAUsableName(name: String) throws {
    let found = try problems([
      "config/local.ini": "[flatpak-remote-\(name)]\nurl = https://a\n"
    ])
    #expect(
      found.contains("belongs to a remote without a usable name: the section is [flatpak-remote-"),
      "\(found)")
  }

  @Test func theImageStageIsTheFirstThatReadsThem() {
    for section: ExactName in ["flatpak", "flatpak-remote-any"] {
      #expect(Options.firstStage(ofSection: section) == .image)
    }
  }
}
