import SystemPackage
import TestSupport
import Testing

/// The names that helpers/debian-tree/identify sets in the embedded tree.
@Suite struct TreeNameTests {
  private func release(_ productName: String) throws -> [String] {
    let fixture = try Fixture()
    try fixture.write(
      "usr/lib/os-release",
      """
      PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
      NAME="Debian GNU/Linux"
      VERSION_ID="12"
      VERSION="12 (bookworm)"
      ID=debian

      """)
    try fixture.write("usr/etc/issue", "Debian GNU/Linux 12 \\n \\l\n")
    try Shell.run(
      "'\(Checkout.directory)/helpers/debian-tree/identify' '\(fixture.directory)' 12.12.20261121",
      environment: ["EIB_IMAGE_PRODUCT_NAME": productName])
    #expect(try fixture.text("usr/etc/issue") == "\\S \\l\n\n")
    return try fixture.text("usr/lib/os-release").split(separator: "\n").map(String.init)
  }

  @Test func aPersonReadsProductAndVersion() throws {
    #expect(
      try release("EOS (Debian)") == [
        "NAME=\"EOS (Debian)\"", "VERSION=\"12.12.20261121\"",
        "PRETTY_NAME=\"EOS (Debian) 12.12.20261121\"", "VERSION_ID=\"12\"", "ID=debian",
      ])
  }

  @Test(arguments: [
    (#"Ada's "best" $HOME; {x} & <y> | `id` \n #1"#, "Adas best HOME x y id n 1"),
    ("École\u{7} média  1.0", "École média 1.0"), ("\"'", "Debian"), ("", "Debian"),
  ])
  func nothingOfTheNameIsACommand(productName: String, name: String) throws {
    let lines = try release(productName)
    #expect(lines[0] == "NAME=\"\(name)\"")
    // GRUB can parse a boot loader entry in which libostree has written this title.
    try Shell.run("grub-script-check <<< 'title \(lines[2].dropFirst(12)) (ostree:0)'")
  }

  @Test func grubCanReadTheMenu() throws {
    let menus = Checkout.directory.appending("data/debian-tree/root/usr/lib/grub/conf")
    try Shell.run("for menu in '\(menus)'/*.cfg; do grub-script-check \"$menu\"; done")
  }
}
