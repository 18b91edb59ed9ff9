import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct BootArchiveTests {
  private let formats: FormatFixture
  private let root: DeploymentRoot
  private let sysroot: FilePath

  /// A tree with a shell, grub-mkimage and GRUB's modules for BIOS.
  init() throws {
    formats = try FormatFixture()
    sysroot = formats.fixture.path("sysroot")
    root = DeploymentRoot(in: formats.fixture)
    let tree = try SmallTree.make(formats.fixture)
    try Shell.run(
      """
      mkdir -p '\(root.path.removingLastComponent())' '\(sysroot)/boot/grub/i386-pc'
      echo menu >'\(sysroot)/boot/grub/grub.cfg'
      echo module >'\(sysroot)/boot/grub/i386-pc/a.mod'
      ln -s /etc/passwd '\(sysroot)/boot/grub/stranger'
      mv '\(tree)' '\(root.path)'; cd '\(root.path)'
      cp /usr/bin/grub-mkimage usr/bin
      ldd usr/bin/grub-mkimage | awk '/=> \\// { print $3 }' | while read -r library; do
        install -D "$(readlink -f "$library")" "usr${library#/usr}"
      done
      cp -r /usr/lib/grub/i386-pc usr/lib/grub
      echo 'configfile /grub/grub.cfg # tree' >usr/lib/grub/conf/grub_embedded_image.cfg
      mkdir -p usr/lib/efi_binaries/EFI/endless
      for name in shimx64 grubx64 mmx64 fbx64; do
        echo $name >usr/lib/efi_binaries/EFI/endless/$name.efi
      done
      echo table >usr/lib/efi_binaries/EFI/endless/bootx64.csv
      """)
  }

  private func collect() async throws -> BootFiles {
    try await BootFiles(
      of: root, sysroot: sysroot, efiPrograms: "usr/lib/efi_binaries/EFI",
      enterRoot: Checkout.directory.appending("helpers/enter-root"))
  }

  @Test func theArchiveHasTheLayoutOfEIB() async throws {
    let files = try await collect()
    #expect(files.warnings == [])
    let again = try await collect()
    #expect(again.files == files.files)
    var sums: [String] = []
    for _ in 0..<2 {
      let made = try await formats.make("[image]\nboot_zip = true\n", bootFiles: files)
      sums.append(try FileFacts(of: made.path("boot.zip")).digest)
      let image = try made.images["images"]?["boot"]?.decoded(as: OutputManifest.Image.self)
      #expect(image?.compression == "zip" && image?.extractedSize == nil)
      #expect(image?.digest == sums.last)
      try Shell.run(
        """
        rm -rf '\(formats.fixture.path("out"))'; unzip -q '\(made.path("boot.zip"))' -d '\(formats.fixture.path("out"))'
        """)
    }
    #expect(sums[0] == sums[1])
    let names = try Shell.run("cd '\(formats.fixture.path("out"))'; find . -type f | sort").lines
    #expect(
      names == [
        "./EFI/BOOT/BOOTX64.EFI", "./EFI/BOOT/grubx64.efi", "./EFI/BOOT/mmx64.efi",
        "./EFI3/BOOT/fbx64.efi", "./EFI3/endless/BOOTX64.CSV", "./eosldr/eosldr",
        "./eosldr/eosldr.mbr", "./grub/grub.cfg", "./grub/i386-pc/a.mod",
        "./iso/boot_hybrid.img", "./iso/eltorito.img", "./live/boot.img", "./live/core.img",
        "./ntfs/boot.img", "./ntfs/core.img",
      ])
    try Shell.run(
      """
      cd '\(formats.fixture.path("out"))'
      [[ $(cat EFI/BOOT/BOOTX64.EFI) == shimx64 && $(cat EFI3/endless/BOOTX64.CSV) == table ]]
      cmp iso/boot_hybrid.img /usr/lib/grub/i386-pc/boot_hybrid.img
      cmp <(cat /usr/lib/grub/i386-pc/lnxboot.img ntfs/core.img) eosldr/eosldr
      /usr/lib/grub/i386-pc/grub-ntldr-img --grub2 --boot-file=eosldr --output mbr
      cmp mbr eosldr/eosldr.mbr
      grep -q EOSLDR mbr
      [[ $(stat -c %s live/boot.img) == 446 && $(stat -c %s live/core.img) == 1048576 ]]
      # The places of the core image: sector 2048 + 62 MiB, and the one after it.
      [[ $(od -An -t u8 -j $((0x5c)) -N 8 live/boot.img | tr -d ' ') == 129024 ]]
      [[ $(od -An -t u8 -j $((0x1f4)) -N 8 live/core.img | tr -d ' ') == 129025 ]]
      """)
  }

  private func refusal(_ archive: FilePath) async throws -> String? {
    do {
      try await BootArchive.check(archive)
      return nil
    } catch let mismatch as ExtractedImage.Mismatch {
      return mismatch.description
    }
  }

  @Test func archivesWithAnythingElseAreRefused() async throws {
    let path = formats.fixture.path("a.zip")
    func refusal(
      of names: [String], isDeflated: Bool = true, _ change: String = ":"
    ) async throws -> String? {
      let archive = try ZipWriter(path, timestamp: 1 << 30)
      for name in names { try archive.add(name, Array(name.utf8), isDeflated: isDeflated) }
      try archive.finish()
      try Shell.run("cd '\(formats.fixture.directory)'; \(change)")
      return try await self.refusal(path)
    }
    #expect(try await refusal(of: ["EFI/BOOT/a.efi", "grub/b..c", "grub/größe"]) == nil)
    for name in [
      "../../evil", "/etc/evil", "a/../../b", "a/./b", "a//b", "a/", "a\\..\\b", "C:a", "a\u{1}",
      ".. /a", "",
    ] {
      let found = try await refusal(of: [name])
      #expect(found?.contains("accepted are relative paths") == true, "\(name): \(found ?? "")")
    }
    for names in [["a", "a"], ["b", "a"]] {
      #expect(
        try await refusal(of: names)?.contains("one of them twice") == true, "\(names)")
    }
    #expect(try await refusal(of: []) != nil)
    #expect(try await refusal(of: ["a"], isDeflated: false)?.contains("zip archive") == true)
    let damage = [
      // The mode of the first member becomes that of a link.
      ("p[p.index(b'PK\\1\\2') + 41] = 0xa1", "zip archive"),
      ("p += b'x'", "zip archive"), ("p[32] ^= 1", "cannot be unpacked"),
      ("i = p.index(b'PK\\1\\2'); p[14] ^= 1; p[i + 16] ^= 1", "wrong checksum"),
      ("i = p.index(b'PK\\1\\2'); p[25] = p[i + 27] = 255", "at most 67108864"),
      ("i = p.index(b'PK\\1\\2'); p[22] ^= 4; p[i + 24] ^= 4", "cannot be unpacked"),
    ]
    for (change, reason) in damage {
      let found = try await refusal(
        of: ["a"],
        """
        python3 - <<'END'
        p = bytearray(open('a.zip', 'rb').read())
        \(change)
        open('a.zip', 'wb').write(p)
        END
        """)
      #expect(found?.contains(reason) == true, "\(change): \(found ?? "accepted")")
    }
    let other = "rm a.zip; echo x >x; python3 -m zipfile -c a.zip x"
    #expect(try await refusal(of: ["a"], other)?.contains("zip archive") == true)
  }

  @Test func verificationReadsTheArchive() async throws {
    let files = try await collect()
    let made = try await formats.make("[image]\nboot_zip = true\n", bootFiles: files)
    let name = "\(made.version).boot.zip"
    for isRemote in [false, true] {
      #expect(try await formats.findings(made, isRemote: isRemote, of: name) == [])
    }
    let archive = try ZipWriter(made.path("boot.zip"), timestamp: 1 << 30)
    try archive.add("../evil", [1])
    try archive.finish()
    for isRemote in [false, true] {
      let found = try await formats.findings(made, isRemote: isRemote, of: name)
      #expect(found.count == 1 && found[0].problem.contains("\"../evil\""), "\(found)")
    }
  }

  @Test func whatTheTreeLacksIsNamed() async throws {
    let programs = "usr/lib/efi_binaries/EFI"
    try Shell.run(
      """
      cd '\(root.path)'
      rm usr/lib/grub/conf/grub_embedded_image.cfg usr/lib/efi_binaries/EFI/endless/fb*
      mv usr/lib/grub/i386-pc/grub-ntldr-img usr/bin
      """)
    var files = try await collect()
    #expect(
      files.warnings == [
        "boot.zip is not complete; the tree does not have: "
          + "\(programs)/{endless/fbx64.efi,BOOT/fbx64.efi} (for EFI3/BOOT/fbx64.efi); "
          + "usr/lib/grub/conf/grub_embedded_image.cfg "
          + "(for iso/eltorito.img, eosldr/eosldr, live/, ntfs/)"
      ])
    #expect(files.files["eosldr/eosldr.mbr"]?.count == 8192)
    try Shell.run("cd '\(root.path)'; rm usr/bin/grub-mkimage usr/bin/grub-ntldr-img")
    files = try await collect()
    #expect(
      Set(files.missing.keys) == [
        "\(programs)/{endless/fbx64.efi,BOOT/fbx64.efi}",
        "usr/lib/grub/conf/grub_embedded_image.cfg",
        "usr/bin/grub-mkimage or usr/bin/grub2-mkimage",
        "usr/lib/grub/i386-pc/grub-ntldr-img or usr/bin/grub-ntldr-img",
      ])
    try Shell.run(
      "rm -r '\(root.path)'/usr/lib/{grub,efi_binaries} '\(sysroot)/boot/grub'")
    let nothing = try await collect()
    #expect(nothing.files.isEmpty)
    let made = try await formats.make("[image]\nboot_zip = true\n", bootFiles: nothing)
    #expect(made.images["images"]?["boot"] == nil)
  }

  @Test func aProgramThatFailsIsToldWithItsOutput() async throws {
    try Shell.run("rm '\(root.path)'/usr/lib/grub/i386-pc/ntfs.mod")
    let files = try await collect()
    #expect(files.missing.isEmpty && files.failures.count == 2)
    #expect(files.files["ntfs/core.img"] == nil && files.files["eosldr/eosldr.mbr"] != nil)
    let beginning =
      "boot.zip has no eosldr/eosldr, live/, ntfs/: /usr/bin/grub-mkimage of the tree ended with "
      + "status 1; "
    #expect(
      files.warnings.contains { $0.hasPrefix(beginning) && $0.contains("ntfs.mod") },
      "\(files.warnings)")
  }
}
