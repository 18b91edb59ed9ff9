import Bindings
import Configuration
import SystemPackage

/// The menu of GRUB, which is a file of the tree, and the boot loader entries that it reads.
///
/// GRUB runs entries as commands. A menu with the line `escapedEntriesMark` gets entries in which
/// the characters are escaped that are special there. To other menus the entries are given as
/// libostree writes them, because some versions of GRUB read them without running them.
struct BootMenu {
  /// Where the menu is in the booted system.
  static let installedPath = "boot/grub/grub.cfg"
  private static let path = "usr/lib/grub/conf/grub.cfg"
  private static let escapedEntriesMark = "# image-builder: escaped entries"

  let root: DeploymentRoot
  let sysroot: FilePath
  let say: (String) -> Void

  /// Copies the menu to `/boot/grub`, and adapts the entries to it.
  ///
  /// - Throws: `TreeError.unusableFile`, `LinuxError`.
  func install() throws {
    guard let menu = try root.bytes(of: Self.path) else {
      return say("warning: the tree has no \(Self.path) to boot with")
    }
    let isMarked = Self.wantsEscapedEntries(String(decoding: menu, as: UTF8.self))
    let directory = try RootedPath.createDirectory("boot/grub", in: sysroot)
    try FileAccess.write(menu, to: directory.appending("grub.cfg"))
    let entries = try readEntries()
    if isMarked, let first = entries.first?.entry {
      for (file, entry) in entries { try FileAccess.write(entry.escapedText, to: file) }
      try FileAccess.write(
        first.defaultArguments, to: directory.appending("kernel-arguments.cfg"))
    }
    for (_, entry) in entries { report(entry, isMarked: isMarked) }
  }

  /// Whether a menu has the line by which it asks for escaped entries.
  static func wantsEscapedEntries(_ menu: String) -> Bool {
    menu.split(whereSeparator: \.isNewline).contains { $0 == escapedEntriesMark }
  }

  /// The entry that the image boots by default, as libostree wrote it; nil if there is none. Entries
  /// are changed by `install`.
  ///
  /// - Throws: `TreeError.unusableFile`, `LinuxError`.
  func defaultEntry() throws -> BootEntry? { try readEntries().first?.entry }

  /// The entries as libostree wrote them, the default one first.
  private func readEntries() throws -> [(file: FilePath, entry: BootEntry)] {
    guard let directory = try RootedPath.find(BootEntry.directory, in: sysroot) else { return [] }
    return try BootEntry.names(among: Directories.names(in: directory)).map { name in
      let file = directory.appending(name)
      do {
        let text = try UntrustedFile.text(of: file, maximumSizeInBytes: 1 << 20)
        return (file, BootEntry(text, isEscaped: false))
      } catch {
        throw TreeError.unusableFile("/\(BootEntry.directory)/\(name)", reason: "\(error)")
      }
    }
  }

  private func report(_ entry: BootEntry, isMarked: Bool) {
    if !GRUBScript.isPlain(entry.title.filter { $0 != " " }) {
      say(
        "warning: OSTree makes the title \(entry.title.debugDescription) from PRETTY_NAME in the "
          + "tree's os-release. Some of its characters are special to GRUB, which may not show an "
          + "entry that an update writes: take them out of PRETTY_NAME")
    }
    let special = isMarked ? [] : entry.arguments.filter { !GRUBScript.isPlain($0) }
    if !special.isEmpty {
      say(
        "warning: image:kernel_args has \(special.joined(separator: " ")), which is special to GRUB. "
          + "GRUB runs boot loader entries as commands, so the menu of the tree (\(Self.path)) may "
          + "lose or change it: boot the image before it is published (boot_test:enable), or have "
          + "the menu ask for escaped entries (docs/tree.md)")
    }
  }
}
