import TestSupport
import Testing

@testable import Configuration

@Suite struct LoginHookTests {
  private static let key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB ada"
  private static let complete = "[login]\nuser = ada\nssh_authorized_keys = \(key)\n"

  /// Returns the problems with logins that `--check` finds.
  private func problems(
    _ ini: String, hook: String = "echo $EIB_LOGIN_USER", schema: String = ""
  ) async throws -> [String] {
    let site = try Site([
      "config/defaults.ini": "[image]\nhooks = 50-x\n\(ini)", "hooks/image/50-x": hook,
      "config/schema.ini": schema, "config/product/eos.ini": "", "config/branch/master.ini": "",
      "config/personality/base.ini": "",
      "etc/config.ini": "[ostree]\nurl = https://os.example.org/repo\n",
    ])
    let loader = try ConfigurationLoader(site.sources)
    let variant = try Variant(product: "eos", arch: "amd64")
    let check = await ConfigurationCheck([variant], loader).checks[0]
    return (check.errors + check.warnings).map(\.text).filter {
      $0.contains("login") || $0.contains("image:")
    }
  }

  @Test(arguments: [
    "echo $EIB_LOGIN_USER", "python3 -c \"...get_config()['login']...\"",
  ])
  func aHookOfAnyNameMayMakeTheUser(hook: String) async throws {
    #expect(try await problems(Self.complete, hook: hook) == [])
    #expect(try await problems("", hook: "true") == [])
  }

  @Test func aLoginThatNoHookMakesIsAnError() async throws {
    let found = try await problems(Self.complete, hook: "true")
    #expect(found.count == 1)
    #expect(found.first?.contains("login:user is set, but no hook in image:hooks makes") == true)
  }

  @Test func aUserNeedsAWayToLogInAndThatNeedsAUser() async throws {
    #expect(
      try await problems("[login]\nuser = ada\n").first?.contains("could not log in") == true)
    #expect(
      try await problems("[login]\nssh_authorized_keys = \(Self.key)\n").first?
        .contains("login:user, the name of the user, is not") == true)
  }

  @Test(arguments: ["", "[schema]\nunknown = error\n[image]\nuser_required = false\n"])
  func theEarlierOptionsAreNamed(schema: String) async throws {
    let found = try await problems(
      "user = ada\nssh_authorized_keys = \(Self.key)\n", schema: schema)
    #expect(found.count == 2, "\(found)")
    #expect(found.contains { $0.contains("in [login], by login:ssh_authorized_keys") })
    #expect(found.contains { $0.contains("image:user makes no user any more") })
  }

  @Test func aUserOfUploadsIsLeftAlone() async throws {
    #expect(try await problems("user = uploader\n") == [])
  }
}
