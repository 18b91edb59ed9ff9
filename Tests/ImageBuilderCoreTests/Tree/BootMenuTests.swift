import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Boot loader entries as the menu of the embedded tree reads them. GRUB itself runs the menu
/// (grub-emu).
@Suite struct BootMenuTests {
  private static let menu = Checkout.directory.appending(
    "data/debian-tree/root/usr/lib/grub/conf/grub.cfg")
  private static let ostree = "ostree=/ostree/boot.1/eos/\(String(repeating: "0a", count: 32))/0"

  private func entry(title: String = "Test 1 (ostree:0)", _ arguments: [String]) -> BootEntry {
    BootEntry(
      """
      title \(title)
      version 1
      options \((arguments + [Self.ostree]).joined(separator: " "))
      linux /ostree/eos-0a/vmlinuz-1
      initrd /ostree/eos-0a/initramfs-1.img

      """, isEscaped: false)
  }

  /// The lines that GRUB prints when it has read the functions of the menu and the entry, and runs
  /// `commands`. `linux` prints its arguments, each in brackets.
  private func grub(_ entry: String, _ commands: String) throws -> [String] {
    let fixture = try Fixture()
    let text = try String(contentsOfFile: Self.menu.string, encoding: .utf8)
    let functions = try #require(text.components(separatedBy: "set entries=").first)
    try fixture.write("boot/loader/entries/ostree-1-eos.conf", entry)
    try fixture.write(
      "boot/grub.cfg",
      functions.components(separatedBy: "\n").drop { !$0.hasPrefix("function") }
        .joined(separator: "\n") + """
          set entry=$prefix/loader/entries/ostree-1-eos.conf
          source $entry
          function linux { for word in "$@"; do echo "[$word]"; done; }
          function initrd { true; }
          \(commands)
          exit

          """)
    let boot = fixture.path("boot")
    let output = try Shell.run(
      """
      ln -s /usr/lib/grub/x86_64-emu '\(boot)'
      TERM=vt100 timeout 20 script -qec 'stty cols 4000; grub-emu -d \(boot) -r host' /dev/null \
        </dev/null | sed 's/\\x1b\\[[0-9;?]*[A-Za-z]//g; s/\\r//g'
      """
    ).lines
    return Array(output.drop { $0 != "Welcome to GRUB!" }.dropFirst())
  }

  @Test func argumentsReachTheKernelExactly() throws {
    let arguments = [
      "rw", "ds=nocloud-net;s=http://10.0.0.1/", "memmap=64M$0x20000000", "a|b&&c", "rw",
      #"dyndbg="file drivers/*  +p""#, #""x=y z""#, "${root}", "#", "{", "}", "*", "/*", "<a>",
      "e=\"\"",
      "-x", "`~!^%@,+[]", "\u{FC}",
    ]
    let escaped = entry(arguments).escapedText
    let words = try grub(escaped, "start_kernel kernel initramfs \"$entry_options\"")
    #expect(
      words == ["[kernel]"]
        + (arguments + [Self.ostree]).map { "[\(KernelArguments.unquoted($0))]" })
    #expect(BootEntry(escaped, isEscaped: true).arguments == arguments + [Self.ostree])
  }

  @Test(arguments: ["Bob's \"own\" OS; $1 | #2 {a} \\", "Test 1 (ostree:0)", "\u{DC}ber & <co>"])
  func titlesAreShownExactly(title: String) throws {
    let escaped = entry(title: title, ["rw"]).escapedText
    #expect(
      try grub(escaped, "echo \"[$entry_title]\"\necho \"$entry_options\"")
        == ["[\(title)]", "rw \(Self.ostree)"])
    #expect(BootEntry(escaped, isEscaped: true).title == title)
  }

  /// Where an update has brought a title that GRUB cannot read, the menu uses these arguments.
  @Test func theArgumentsOfTheImageAreKept() throws {
    let arguments = ["rw", "a;b", "dyndbg=\"file a +p\"", "$c"]
    let entry = entry(arguments)
    #expect(
      try grub(entry.defaultArguments, "start_kernel k i \"$default_options\"")
        == ["[k]", "[rw]", "[a;b]", "[dyndbg=file a +p]", "[$c]"])
  }

  @Test func onlyAMenuWithTheMarkGetsEscapedEntries() throws {
    let own = try String(contentsOfFile: Self.menu.string, encoding: .utf8)
    #expect(BootMenu.wantsEscapedEntries(own))
    #expect(!BootMenu.wantsEscapedEntries("set timeout=1\n# no image-builder: escaped entries\n"))
  }

  @Test func theDefaultEntryIsTheFirstOne() {
    #expect(
      BootEntry.names(among: ["ostree-1-eos.conf", "x", "ostree-2-eos.conf"])
        == ["ostree-2-eos.conf", "ostree-1-eos.conf"])
  }
}
