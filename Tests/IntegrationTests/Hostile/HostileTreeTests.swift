import Foundation
import SystemPackage
import TestSupport
import Testing

/// Trees with links to the host, and hooks that plant links where the core writes.
@Suite(.serialized) struct HostileTreeTests {
  let checkout: CheckoutFixture
  /// A directory that represents the host. It is writable in a build, so that only the checks of
  /// the core protect it.
  let host: FilePath

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nextra_space = 0\n")
    host = try checkout.fixture.makeDirectory("cache/host")
    try Shell.run(
      """
      cd '\(host)'; mkdir -p modules/1.0 etc boot; chmod 700 etc
      echo 'host kernel' | tee modules/1.0/vmlinuz >secret
      printf 'ID=host\\nPRETTY_NAME="Secret host"\\n' >os-release
      """)
  }

  private var state: String {
    get throws {
      try Shell.run("cd '\(host)'; find . -printf '%p %y %m %s %T@\\n' | sort").output
    }
  }

  /// Runs `script` in the tree and commits the tree.
  private func change(_ script: String) throws {
    try Shell.run(
      "cd '\(checkout.fixture.path("tree"))'; host='\(host)'; \(script)")
    try checkout.repository.commit(checkout.fixture.path("tree"))
  }

  @Test(arguments: [
    ("/etc", "ln -s $host/etc etc"),
    ("/usr/etc", "mv usr/etc x; ln -s $host/etc usr/etc"),
    ("/boot", "rmdir boot; ln -s $host/boot boot"),
    ("/var", "rmdir var; ln -s $host var"),
    ("/var", "rmdir var; ln -s ../../../../../../.. var"),
    ("/usr/lib/modules", "rm -r usr/lib/modules; ln -s $host/modules usr/lib/modules"),
    (
      "/usr/lib/modules/1.0-test",
      "rm -r usr/lib/modules/1*; ln -s $host/modules/1.0 usr/lib/modules/1.0-test"
    ),
    ("/usr/lib/modules/1.0-test/vmlinuz", "ln -sf $host/secret usr/lib/modules/1.0-test/vmlinuz"),
    ("/usr/lib/os-release", "ln -sf $host/os-release usr/lib/os-release"),
    ("/etc/default", "ln -s $host/etc usr/etc/default"),
    ("/etc/other", "ln -sf ./other usr/etc/os-release; ln -s $host/os-release usr/etc/other"),
  ])
  func aLinkToTheHostWhereOSTreeReadsIsRefused(link: String, script: String) throws {
    let before = try state
    try change(script)
    try checkout.expectFailure(
      try checkout.build(), 2, "the tree's \(link) is a link to",
      "by which the image would get files of this host; nothing was deployed")
    try checkout.expectNothingDeployed()
    #expect(try state == before)
  }

  @Test(arguments: ["sys", "tmp", "sysroot", "proc", "dev"])
  func nothingIsMountedWhereALinkLeadsOut(place: String) throws {
    let before = try state
    try change("rm -rf \(place); ln -s $host \(place)")
    try checkout.expectFailure(
      try checkout.build(), 2, "the tree is not complete, and nothing was deployed; it lacks:",
      "/\(place), an empty directory")
    try checkout.expectNothingDeployed()
    #expect(try state == before)
  }

  @Test func otherLinksToTheHostEndInsideTheDeployment() throws {
    let before = try state
    try change(
      """
      rm -rf usr/local usr/etc/resolv.conf; ln -s $host usr/local
      ln -s $host/secret usr/etc/resolv.conf; touch "usr/share/new$(printf '\\n')line" 'usr/share/\"q$(x)'
      """)
    try checkout.addHook(
      "image", "50-look", "cat \"$OSTREE_DEPLOYMENT\"/etc/resolv.conf; echo hi >/$OSTREE_VAR/x\n")
    try checkout.addHook("image", "60-look.chroot", "cat '\(host)/secret' && exit 1; true\n")
    let outcome = try checkout.build()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("host kernel"))
    #expect(try state == before)
  }

  @Test func trapsOfHooksCatchNothing() throws {
    let before = try state
    try checkout.addHook(
      "content", "50-trap",
      "ln -s '\(host)/etc' \"$OSTREE_VAR\"/tmp; ln -s '\(host)' \"$OSTREE_VAR\"/usrlocal\n")
    try checkout.addHook(
      "image", "50-trap",
      """
      rm -rf "$OSTREE_DEPLOYMENT"/sysroot/boot/grub; ln -s '\(host)' "$OSTREE_DEPLOYMENT"/sysroot/boot/grub
      ln -sfn '\(host)' "$OSTREE_DEPLOYMENT"/etc/resolv.conf.partial

      """)
    let outcome = try checkout.build()
    #expect(try state == before, "\(outcome.errors)")
    #expect(outcome.status == 2 && outcome.errors.contains("cannot"), "\(outcome.errors)")
  }

  @Test(arguments: [
    ("etc/os-release", "mkfifo"), ("etc/os-release", "head -c 17M /dev/zero | install /dev/stdin"),
  ])
  func whatIsNoSmallFileIsNotRead(path: String, maker: String) throws {
    try checkout.addHook(
      "image", "50-trap",
      "rm -f \"$OSTREE_DEPLOYMENT\"/\(path); \(maker) \"$OSTREE_DEPLOYMENT\"/\(path)\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "/\(path) of the deployment cannot be used: it ")
  }

  @Test func theEFIPartitionGetsNoFileOfTheHost() throws {
    try change(
      """
      mkdir -p usr/lib/efi_binaries/EFI/BOOT; echo x >usr/lib/efi_binaries/EFI/BOOT/a.efi
      ln -s a.efi usr/lib/efi_binaries/EFI/BOOT/b.efi
      """)
    let first = try checkout.build(["--stages", "ostree,image"])
    #expect(first.status == 0, "\(first.errors)")
    try change("ln -s $host/secret usr/lib/efi_binaries/EFI/BOOT/c.efi")
    try checkout.expectFailure(
      try checkout.build(), 2,
      "/usr/lib/efi_binaries/EFI/BOOT/c.efi of the deployment cannot be used: it is a symbolic link "
        + "to no file of the tree")
  }

  @Test func forbiddenFilesAreNamedAndNoImageIsMade() throws {
    try change("chmod 4755 usr/bin/id; chmod 2755 usr/bin/wc; chmod 2775 usr/share")
    try checkout.addHook(
      "image", "50-node",
      "mknod \"$OSTREE_VAR\"/disk b 8 0; mknod \"$OSTREE_DEPLOYMENT\"/etc/zero c 1 5; mkfifo \"$OSTREE_VAR\"/p\n"
    )
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nextra_space = 0\nforbid = devices setuid\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "no image was made, because image:forbid forbids",
      "the setuid or setgid program /usr/bin/id\n", "the setuid or setgid program /usr/bin/wc\n",
      "the device /var/disk\n", "the device /etc/zero\n")
    let images = try Shell.run("find '\(checkout.cache)' -name 'test-*.img*'")
    #expect(images.output == "")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nextra_space = 0\nforbid = device\n")
    try checkout.expectFailure(try checkout.build(), 65, "image:forbid")
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nextra_space = 0\n")
    let outcome = try checkout.build()
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}
