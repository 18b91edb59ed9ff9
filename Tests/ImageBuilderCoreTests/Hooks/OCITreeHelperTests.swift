import SystemPackage
import TestSupport
import Testing

/// The helpers of hook 20-oci-tree that need neither a registry nor a store.
@Suite struct OCITreeHelperTests {
  private let fixture: Fixture
  private var root: FilePath { fixture.path("root") }

  init() throws {
    fixture = try Fixture()
    try Shell.run("mkdir -p '\(root)'/{boot,etc,usr/lib/modules,var}")
  }

  /// Runs a helper on the root directory after a script in it.
  private func run(_ helper: String, after script: String) throws -> Outcome {
    try Shell.run("cd '\(root)'; \(script)")
    return try Shell.start(
      Checkout.directory.appending("helpers/oci-tree/\(helper)").string, [root.string],
      environment: ["OCI_SUBJECT": "oci:image 'registry.example.org/os:1'"])
  }

  private func inside(_ script: String) throws -> [String] {
    try Shell.run("cd '\(root)'; \(script)").lines
  }

  @Test func theNewestKernelStays() throws {
    let outcome = try run(
      "prepare",
      after: """
        for version in 5.14.0-60 5.14.0-503 5.14.0-503.9; do
          mkdir usr/lib/modules/$version; echo $version >boot/vmlinuz-$version
          touch boot/config-$version; echo initramfs >boot/initramfs-$version.img
        done
        ln -s boot/vmlinuz-5.14.0-60 vmlinuz; ln -s boot/initrd.img-5.14.0-60 initrd.img.old
        """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.lines.count == 2 && outcome.output.contains("5.14.0-60 is left out"))
    #expect(
      try inside("ls boot usr/lib/modules vmlinuz* initrd* || true; cat usr/lib/modules/*/*")
        == ["boot:", "usr/lib/modules:", "5.14.0-503.9", "initramfs", "5.14.0-503.9"])
  }

  @Test func whatBelongsToImagesIsRemoved() throws {
    let outcome = try run(
      "prepare",
      after: """
        mkdir usr/lib/modules/1; echo kernel >usr/lib/modules/1/vmlinuz
        : >etc/hosts; : >etc/resolv.conf; echo name >etc/hostname; touch .dockerenv
        setfattr -n trusted.note -v x etc; setfattr -n user.overlay.opaque -v y etc
        setfattr -n user.note -v z etc; ln -s /nowhere etc/link
        mkdir -p sysroot/ostree/repo; ln -s sysroot/ostree ostree
        """)
    #expect(outcome.status == 0 && outcome.output == "", "\(outcome)")
    #expect(
      try inside("ls -A . etc sysroot; getfattr -m - etc | sed -n '/\\./p'") == [
        ".:", "boot", "etc", "ostree", "sysroot", "usr", "var", "etc:", "hostname", "link",
        "sysroot:", "user.note",
      ])
  }

  /// Both an image's own settings and those of the tree that it was made from exist.
  @Test func theSettingsOfTheTreeAreMergedIntoThoseOfTheImage() throws {
    let outcome = try run(
      "prepare",
      after: """
        mkdir usr/lib/modules/1; echo kernel >usr/lib/modules/1/vmlinuz
        mkdir -p usr/etc/{both,new/deep} etc/both; echo 1 >etc/both/a; echo 2 >usr/etc/both/a
        echo 3 >etc/both/b; echo 3 >usr/etc/both/b; echo 4 >usr/etc/new/deep/c; echo 5 >etc/d
        """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.lines.dropFirst() == ["warning: /etc/both/a is replaced by /usr/etc/both/a"],
      "\(outcome.output)")
    #expect(
      try inside("cat etc/both/a etc/both/b etc/new/deep/c etc/d; ls -d usr/etc || echo gone")
        == ["2", "3", "4", "5", "gone"])
  }

  @Test func linksAreNotFollowedToTheHost() throws {
    let refused = try run(
      "check",
      after: """
        mkdir -p usr/lib/ostree usr/lib/modules/1; echo kernel >usr/lib/modules/1/vmlinuz
        ln -s '\(fixture.path("outside"))' usr/lib/ostree/prepare-root.conf
        printf '[composefs]\\nenabled = yes\\n' >'\(fixture.path("outside"))'
        mknod usr/disk b 8 0
        """)
    #expect(refused.status == 1 && !refused.errors.contains("composefs"), "\(refused.errors)")
    #expect(refused.errors.contains("/usr/disk (a device file)"))
    #expect(try run("check", after: "rm usr/disk; mkdir -p dev; mknod dev/x b 8 0").status == 0)
  }

  @Test(arguments: ["cat", "gzip -n", "xz", "zstd -q", "bzip2", "lz4 -q"])
  func anInitramfsOfOSTreeIsFound(compression: String) throws {
    let (yes, no) = (fixture.path("yes.img"), fixture.path("no.img"))
    try Shell.run(
      """
      cd '\(fixture.directory)'; mkdir -p early/kernel/x86 main/usr/lib/ostree other
      echo microcode >early/kernel/x86/microcode.bin; echo x >main/usr/lib/ostree/ostree-prepare-root
      echo x >other/init
      archive() { (cd $1; find . | cpio --quiet -o -H newc); }
      { archive early; archive main | \(compression); } >'\(yes)'
      { archive early; archive other | \(compression); } >'\(no)'
      """)
    let helper = Checkout.directory.appending("helpers/oci-tree/has-ostree").string
    #expect(try Shell.start(helper, [yes.string]).status == 0)
    #expect(try Shell.start(helper, [no.string]).status == 1)
  }

  @Test(arguments: [
    ("", "oci:image is empty"), ("oci:here:1", "is not absolute"),
    ("two words", "not the name of an"),
    ("registry.example.org/os@sha256:12", "not the name of an image"),
    ("--help", "not the name of an image"),
  ])
  func whatIsNotTheNameOfAnImageIsRefused(name: String, said: String) throws {
    let outcome = try Shell.start(
      Checkout.directory.appending("helpers/oci-tree/image").string, ["digest"],
      environment: ["EIB_OCI_IMAGE": name])
    #expect(outcome.status == 1 && outcome.errors.contains(said), "\(outcome.errors)")
    #expect(outcome.errors.contains("It takes registry.example.org/os:12"))
  }

  /// A digest in a name needs no registry.
  @Test func aDigestIsItsOwnAnswer() throws {
    let digest = "sha256:" + String(repeating: "a", count: 64)
    let outcome = try Shell.start(
      Checkout.directory.appending("helpers/oci-tree/image").string, ["digest"],
      environment: ["EIB_OCI_IMAGE": "registry.invalid/os:12@\(digest)"])
    #expect(outcome.output == "\(digest)\n", "\(outcome.errors)")
  }
}
