import SystemPackage
import TestSupport
import Testing

/// Trees that do not boot, cannot be updated, or make all machines the same.
@Suite(.serialized) struct TreeLayoutTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
    try configure("")
  }

  private func configure(_ image: String) throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nextra_space = 0\n\(image)\n")
  }

  /// Runs `script` in the tree and commits the tree.
  private func change(_ script: String) throws {
    try Shell.run("cd '\(checkout.fixture.path("tree"))'; \(script)")
    try checkout.repository.commit(checkout.fixture.path("tree"))
  }

  @Test func aTreeThatDoesNotBootIsRefusedBeforeItIsDeployed() throws {
    let modules = "usr/lib/modules"
    try change("rm ostree; rmdir run proc; rmdir tmp; ln -s usr/bin tmp")
    try checkout.expectFailure(
      try checkout.build(), 2, "the tree is not complete, and nothing was deployed; it lacks:",
      "/ostree, a link to sysroot/ostree", "/run, an empty", "/proc, an empty", "/tmp, an empty")
    try change("ln -s sysroot/ostree ostree; mkdir run proc; rm tmp; mkdir -m 1777 tmp")

    try change("for v in 5.10-28 5.10-9; do cp -r \(modules)/1.0-test \(modules)/$v; done")
    try checkout.expectFailure(
      try checkout.build(), 2, "the tree has 3 kernels",
      "\(modules)/1.0-test\n", "\(modules)/5.10-28\n", "\(modules)/5.10-9\n")

    try change("rm -r \(modules)/5*; mv \(modules)/1.0-test/initramfs.img boot/initrd.img-1.0-test")
    try checkout.expectFailure(
      try checkout.build(), 2,
      "the tree has no initramfs, which must be called usr/lib/modules/1.0-test/initramfs.img",
      "Move /boot/initrd.img-1.0-test there")

    try change("mv \(modules)/1.0-test/vmlinuz boot/vmlinuz-1.0-test")
    try checkout.expectFailure(
      try checkout.build(), 2, "the tree has no kernel, which must be called",
      "Move /boot/vmlinuz-1.0-test there")
    try checkout.expectNothingDeployed()
  }

  /// One image with everything that is told and does not stop the build.
  @Test func whatAllMachinesWouldShareIsTold() throws {
    try change(
      """
      rmdir tmp; ln -s sysroot/tmp tmp
      mkdir -p usr/lib/efi_binaries/EFI/BOOT usr/etc/ssh
      head -c 66M /dev/zero >usr/lib/efi_binaries/EFI/BOOT/BOOTX64.EFI
      echo key >usr/etc/ssh/ssh_host_rsa_key; echo key >usr/etc/ssh/ssh_host_rsa_key.pub
      echo 0123456789abcdef0123456789abcdef >usr/etc/machine-id
      sed -i "s/PRETTY_NAME=.*/PRETTY_NAME=\\"Bob's\\"/" usr/lib/os-release
      """)
    try checkout.addHook("image", "50-tmp.chroot", "echo hidden >/tmp/x; test -L /tmp\n")
    try checkout.addHook(
      "image", "60-seed",
      "mkdir -p \"$OSTREE_VAR\"/lib/systemd; echo x >\"$OSTREE_VAR\"/lib/systemd/random-seed\n")
    try checkout.expectFailure(
      try checkout.build(), 2, "need 66.0 MiB, but the EFI system partition of 62.0 MiB")

    try configure("esp_size = 70M\nkernel_args_add = ds=a;s=b")
    let outcome = try checkout.build(["--dry-run"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    for file in ["/etc/machine-id", "/etc/ssh/ssh_host_rsa_key", "/var/lib/systemd/random-seed"] {
      #expect(outcome.errors.contains("would have the same \(file);"), "\(outcome.errors)")
    }
    #expect(!outcome.errors.contains("rsa_key.pub"))
    #expect(outcome.errors.contains("warning: image:kernel_args has ds=a;s=b, which is special"))
    #expect(outcome.errors.contains("from PRETTY_NAME in the tree's os-release"))

    try configure("esp_size = 70M\nforbid = identity")
    try checkout.expectFailure(
      try checkout.build(), 2, "image:forbid forbids",
      "the identity of a machine, /etc/machine-id\n",
      "the identity of a machine, /var/lib/systemd/random-seed\n")
    try change("echo uninitialized >usr/etc/machine-id; rm usr/etc/ssh/*")
    try checkout.addHook("image", "70-none", "rm \"$OSTREE_VAR\"/lib/systemd/random-seed\n")
    let clean = try checkout.build(["--dry-run"])
    #expect(clean.status == 0, "\(clean.errors)")
  }

  @Test func aSizeThatIsNoneOfFAT16IsRefusedBeforeTheBuild() throws {
    for size in ["8M", "2G", ""] {
      try configure("esp_size = \(size)")
      try checkout.expectFailure(
        try checkout.build(), 65, "image:esp_size is '\(size)'; accepted: a size from 16M to 1G")
    }
  }
}
