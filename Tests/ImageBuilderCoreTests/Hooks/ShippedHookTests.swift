import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Tests each shipped hook by the changes that it makes to a tree.
@Suite(.serialized) struct ShippedHookTests {
  let hooks: HookFixture

  init() throws {
    hooks = try HookFixture()
  }

  @Test(arguments: [
    "50-language", "50-locales", "50-timezone", "50-hostname", "50-xkb-layout", "50-user",
  ])
  func withoutItsOptionAHookChangesNothing(name: String) async throws {
    let changes = try await hooks.run(.image, name)
    #expect(changes.paths == [] && changes.removed == [])
  }

  @Test func languageIsSetForSystemdAndDebian() async throws {
    let changes = try await hooks.run(.image, "50-language", "language = pt_BR.utf8\n")
    #expect(changes.paths == ["etc/default/locale", "etc/locale.conf"])
    #expect(changes.changed["etc/locale.conf"] == "f 644 0:0\nLANG=pt_BR.utf8\n")
    let again = try await hooks.run(.image, "50-language", "language = pt_BR.utf8\n")
    #expect(again.paths == [])
  }

  @Test func aLocaleThatTheTreeLacksIsRefused() async throws {
    _ = try await hooks.run(.image, "50-locales", "language = C.UTF-8\n")
    try await hooks.expectRefusal(
      "50-locales", "language = xx_YY.utf8\n",
      "image:language and image:locales ask for: xx_YY.utf8")
  }

  @Test func theTimeZoneIsALink() async throws {
    let changes = try await hooks.run(.image, "50-timezone", "timezone = America/Sao_Paulo\n")
    #expect(changes.paths == ["etc/localtime", "etc/timezone"])
    #expect(
      changes.changed["etc/localtime"]
        == "l 777 0:0 ../usr/share/zoneinfo/America/Sao_Paulo")
    #expect(changes.changed["etc/timezone"] == "f 644 0:0\nAmerica/Sao_Paulo\n")
  }

  @Test(arguments: ["Mars/Olympus", "../../../etc/passwd"])
  func anUnknownTimeZoneIsRefused(zone: String) async throws {
    try await hooks.expectRefusal("50-timezone", "timezone = \(zone)\n", zone)
  }

  @Test func theHostNameIsWritten() async throws {
    let changes = try await hooks.run(.image, "50-hostname", "hostname = school-1\n")
    #expect(changes.paths == ["etc/hostname", "etc/hosts"])
    #expect(changes.changed["etc/hostname"] == "f 644 0:0\nschool-1\n")
    #expect(changes.changed["etc/hosts"]?.hasSuffix("127.0.1.1\tschool-1\n") == true)
    try await hooks.expectRefusal(
      "50-hostname", "hostname = no good\n", "image:hostname is 'no good'")
  }

  @Test func theKeyboardIsSetForConsoleAndX() async throws {
    let changes = try await hooks.run(.image, "50-xkb-layout", "xkb_layout = br\n")
    #expect(changes.changed["etc/default/keyboard"]?.contains("XKBLAYOUT=\"br\"") == true)
    #expect(
      changes.changed["etc/X11/xorg.conf.d/00-keyboard.conf"]?.contains("\"br\"") == true)
    try await hooks.expectRefusal("50-xkb-layout", "xkb_layout = brr\n", "brr")
  }

  @Test func thePackagesOfTheSystemAreListed() async throws {
    let database = hooks.path(inside: "var/lib/dpkg/status")
    try hooks.fixture.write(
      database,
      """
      Package: tool
      Status: install ok installed
      Maintainer: Ada
      Architecture: amd64
      Multi-Arch: same
      Version: 1:2.0-3
      Description: a tool

      Package: gone
      Status: deinstall ok config-files
      Maintainer: Ada
      Architecture: all
      Version: 1
      Description: removed


      """)
    try Shell.run("touch '\(hooks.root)'/var/lib/dpkg/available")
    let changes = try await hooks.run(.image, "70-packages-manifest")
    let fragment = changes.changed.first { $0.key.hasSuffix("manifest/packages.json") }
    let text = fragment?.value.drop { $0 != "{" } ?? ""
    #expect(
      try JSONValue(parsing: String(text)) == ["packages": ["tool": "1:2.0-3"]], "\(changes)")
  }

  @Test func theUpdateStampsAreAsOldAsUsr() async throws {
    let changes = try await hooks.run(.image, "50-update-done-stamp")
    #expect(changes.paths == ["etc/.updated", "var/.updated"])
    try Shell.run(
      """
      cd '\(hooks.root)'; for stamp in etc/.updated var/.updated; do
        [ "$(stat -c %Y $stamp)" = "$(stat -c %Y usr)" ]
      done
      """)
  }

  @Test func theBootReportIsAUnitThatIsWanted() async throws {
    let changes = try await hooks.run(.image, "60-boot-report")
    #expect(changes.changed["etc/image-builder/boot-report"]?.hasPrefix("f 755 0:0\n") == true)
    #expect(
      changes.changed["etc/systemd/system/multi-user.target.wants/boot-report.service"]
        == "l 777 0:0 ../boot-report.service")
  }

  @Test func declaredUsersAreMade() async throws {
    try hooks.fixture.write(
      hooks.path(inside: "etc/sysusers.d/test.conf"), "u testd 777 \"Test\"\n")
    let changes = try await hooks.run(.image, "10-systemd-sysusers.chroot")
    #expect(changes.changed["etc/passwd"]?.contains("testd:x:777:777:Test:/") == true)
    #expect(changes.changed["etc/shadow"]?.contains("testd:!*:1:") == true)
    #expect(changes.removed == [])
  }

  @Test func declaredFilesAreMade() async throws {
    try Shell.run(
      "mkdir -p '\(hooks.root)/etc/tmpfiles.d'; cd '\(hooks.root)/etc/tmpfiles.d'; "
        + "for f in /usr/lib/tmpfiles.d/*; do ln -s /dev/null ${f##*/}; done; "
        + "printf 'd /var/lib/test 0750 root root -\\nd /run/test\\n' > test.conf")
    let changes = try await hooks.run(.image, "10-systemd-tmpfiles.chroot")
    #expect(changes.changed["var/lib/test"] == "d 750 0:0")
    #expect(!changes.paths.contains { $0.hasPrefix("run") })
  }

  @Test func theLibraryCacheIsMadeAndTheAuxiliaryOneIsNot() async throws {
    let changes = try await hooks.run(.image, "80-ldconfig-aux-cache.chroot")
    #expect(changes.paths.contains("etc/ld.so.cache"))
    #expect(!changes.paths.contains("var/cache/ldconfig/aux-cache"))
  }
}
