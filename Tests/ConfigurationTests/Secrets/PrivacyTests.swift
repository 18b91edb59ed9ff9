import TestSupport
import Testing

@testable import Configuration

@Suite struct PrivacyTests {
  private func site() throws -> Site {
    try Site([
      "config/defaults.ini": """
      [server]
      url = https://${user}:${password}@host
      user = public-name
      [image]
      hooks_add = a ${server:token}
      token = in-the-open
      """,
      "config/schema.ini": "[image]\ntoken_secret = true\n",
      "config/private.ini": """
      [server]
      password = sentinel-password
      token = sentinel-token
      user = private-name
      """,
    ])
  }

  @Test func publicViewHoldsNothingPrivate() throws {
    let configuration = try site().load()
    for isResolved in [false, true] {
      let text = try configuration.rendered(.public, resolved: isResolved)
      #expect(!text.contains("sentinel"))
      #expect(!text.contains("private-name"))
      #expect(!text.contains("in-the-open"))
      #expect(text.contains("token = <private>"))
      #expect(text.contains("user = public-name"))
    }
    let resolved = try configuration.rendered(.public, resolved: true)
    #expect(resolved.contains("url = https://public-name:<private>@host"))
    #expect(resolved.contains("hooks = a\n\t<private>"))
  }

  @Test func hooksGetEverything() throws {
    let environment = try site().load().environment()
    let url = environment.first { $0.name == "EIB_SERVER_URL" }?.value
    #expect(url == "https://private-name:sentinel-password@host")
    #expect(environment.first { $0.name == "EIB_IMAGE_HOOKS" }?.value == "a\nsentinel-token")
  }

  @Test func logsAreFilteredForPrivateAndSecretValues() throws {
    let values = try site().load().privateValues
    for value in [
      "sentinel-password", "sentinel-token", "private-name", "in-the-open",
      "https://private-name:sentinel-password@host",
    ] {
      #expect(values.contains(value))
    }
    #expect(values.allSatisfy { $0.unicodeScalars.count >= 6 })
  }

  @Test func errorsDoNotQuotePrivateValues() throws {
    let site = try Site([
      "config/private.ini": "[image]\nrootfs_resize = sentinel-value\nx = $sentinel-value\n"
    ])
    let syntax = #expect(throws: ConfigurationError.self) { try site.load() }
    #expect(syntax?.description.contains("sentinel") == false)
    #expect(syntax?.description.contains("private.ini:3") == true)
    try site.fixture.write("config/private.ini", "[image]\nrootfs_resize = sentinel-value\n")
    let configuration = try site.load()
    let value = #expect(throws: ConfigurationError.self) {
      try configuration.value(Options.image.isRootGrown)
    }
    #expect(value?.description.contains("image:rootfs_resize is <private>; accepted: true") == true)
  }

  @Test func wordsOfSecretListsAreSecret() throws {
    let schema = "[s]\nkeys_merged = true\nkeys_secret = true\n"
    let configuration = try Site([
      "config/schema.ini": schema, "config/local.ini": "[s]\nkeys_add = sentinel-a sentinel-b\n",
    ]).load()
    #expect(Set(configuration.privateValues) == ["sentinel-a", "sentinel-b"])
    #expect(try configuration.rendered(.public, resolved: true).contains("keys = <private>\n"))
    for text in ["sentinel$6", "${sentinel}"] {
      let site = try Site([
        "config/schema.ini": schema, "config/local.ini": "[s]\nkeys_add = \(text)\n",
      ])
      let error = #expect(throws: ConfigurationError.self) { try site.load() }
      #expect(error?.description.contains("local.ini:2: s:keys_add") == true)
      #expect(error?.description.contains("sentinel") == false)
    }
  }

  @Test func publicListsMayReferToListsOfPrivateSections() throws {
    let configuration = try Site([
      "config/defaults.ini": "[image]\nhooks_add = a ${kolibri-a:include_node_ids}\n",
      "config/private.ini": "[kolibri-a]\nurl = x\n",
    ]).load()
    #expect(try configuration.value("image", "hooks") == "a")
    let shown = try configuration.rendered(.public, resolved: true)
    #expect(shown.contains("\nhooks = a\n\t<private>\n"))
  }

  @Test func referencesInSecretsAreNotQuoted() throws {
    let schema = "[schema]\nunknown = allow\n[s]\nhash_secret = true\n"
    for text in ["$6$sentinel", "a${sentinel}"] {
      let site = try Site([
        "config/schema.ini": schema, "config/local.ini": "[s]\nhash = \(text)\n",
      ])
      let error = #expect(throws: ConfigurationError.self) { try site.load().validate() }
      #expect(error?.description.contains("local.ini:2: s:hash") == true)
      #expect(error?.description.contains("sentinel") == false)
      let shown = #expect(throws: ConfigurationError.self) { try site.load().environment() }
      #expect(shown == error)
    }
    let site = try Site(["config/private.ini": "[s]\nx = abc${sentinel}\n"])
    let error = #expect(throws: ConfigurationError.self) { try site.load().validate() }
    #expect(error?.description.contains("refers to ${<private>}") == true)
  }
}
