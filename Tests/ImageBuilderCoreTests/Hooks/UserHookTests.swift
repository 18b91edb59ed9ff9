import SystemPackage
import TestSupport
import Testing

@testable import ImageBuilderCore

/// Hook 50-user in trees whose accounts are in different places.
@Suite(.serialized) struct UserHookTests {
  private static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQ ada@example.com"
  private static let hash = "$6$salt$" + String(repeating: "x", count: 86)

  let hooks: HookFixture

  init() throws {
    hooks = try HookFixture()
  }

  private func login(_ user: String, _ more: String = "") async throws -> TreeChanges {
    try await hooks.run(.image, "50-user", Self.options(user, more))
  }

  private static func options(_ user: String, _ more: String = "") -> String {
    "[login]\nuser = \(user)\nssh_authorized_keys = \(key)\n\(more)"
  }

  /// Adds lines to a file in /etc of the tree.
  private func add(_ text: String, to name: String) throws {
    try Shell.run("cat >>'\(hooks.root)/etc/\(name)' <<'END'\n\(text)\nEND\n")
  }

  /// Accounts in /var/lib/extrausers, as nss-altfiles has them in /usr/lib.
  private func addOutsideEtc(
    passwd: String = "", group: String = "",
    sources: String = "passwd: files extrausers\ngroup: files extrausers\n"
  ) throws {
    try add(sources, to: "nsswitch.conf")
    try Shell.run(
      """
      cd '\(hooks.root)/var'; mkdir -p lib/extrausers; cd lib/extrausers
      printf '%s' '\(passwd)' >passwd; printf '%s' '\(group)' >group; : >shadow
      """)
  }

  private func expectRefusal(
    _ user: String, _ text: String, location: SourceLocation = #_sourceLocation
  ) async throws {
    try await hooks.expectRefusal("50-user", Self.options(user), text, location: location)
  }

  @Test func aUserCanLogInAndBecomeRoot() async throws {
    let ini = """
        ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGy two
      password_hash = \(Self.hash.replacing("$", with: "$$"))

      """
    let changes = try await login("ada", ini)
    #expect(
      changes.changed["etc/passwd"]?.contains("ada:x:1000:1000::/var/home/ada:/bin/bash\n") == true)
    #expect(changes.changed["etc/shadow"]?.contains("ada:\(Self.hash)::") == true)
    #expect(changes.changed["etc/group"]?.contains("sudo:x:27:ada\n") == true)
    #expect(
      changes.changed["var/home/ada/.ssh/authorized_keys"]
        == "f 600 1000:1000\n\(Self.key)\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGy two\n")
    let again = try await login("ada", ini)
    #expect(again.paths == [])
  }

  @Test func aGroupOfTheNameBecomesTheGroupOfTheUser() async throws {
    try add("admin:x:99:", to: "group")
    let changes = try await login("admin")
    #expect(changes.changed["etc/passwd"]?.contains("admin:x:1000:99:") == true)
    #expect(changes.changed["etc/group"]?.contains("sudo:x:27:admin\n") == true)
  }

  @Test func groupsOutsideEtcAreCopiedWithTheirMembers() async throws {
    try addOutsideEtc(group: "wheel:x:1010:grace\nada:x:1011:\n")
    let changes = try await login("ada")
    #expect(changes.changed["etc/group"]?.contains("wheel:x:1010:grace,ada\n") == true)
    #expect(changes.changed["etc/passwd"]?.contains("ada:x:1000:1011:") == true)
  }

  @Test func aUserOutsideEtcIsCopied() async throws {
    try addOutsideEtc(passwd: "ada:x:1500:100:Ada:/home/ada:/bin/sh\n")
    let changes = try await login(
      "ada", "password_hash = \(Self.hash.replacing("$", with: "$$"))\n")
    #expect(
      changes.changed["etc/passwd"]?.contains("ada:x:1500:100:Ada:/home/ada:/bin/sh\n") == true)
    #expect(changes.changed["etc/shadow"]?.contains("ada:\(Self.hash)::") == true)
    #expect(changes.changed["etc/group"]?.contains("sudo:x:27:ada\n") == true)
  }

  @Test func anAccountThatHasExpiredIsMadeUsable() async throws {
    try add("ada:x:900:900::/:/bin/sh", to: "passwd")
    try add("ada:!*:1:::::1:", to: "shadow")
    let changes = try await login("ada")
    #expect(changes.changed["etc/shadow"]?.contains("ada:!*:::::::\n") == true)
  }

  @Test func anAccountWithoutAShellIsRefused() async throws {
    try add("games:x:5:60::/usr/games:/usr/sbin/nologin", to: "passwd")
    try await expectRefusal("games", "has the shell /usr/sbin/nologin; take another name")
  }

  @Test func aGroupThatTheSystemDoesNotFindIsRefused() async throws {
    try addOutsideEtc(group: "wheel:x:1010:\nada:x:1011:\n", sources: "group: extrausers")
    try await expectRefusal("ada", "does not find it in group wheel; put 'files' first")
  }
}
