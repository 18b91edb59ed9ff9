import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ImageBuilderCore

/// The results of a build of a small tree.
@Suite(.serialized) struct OutputTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
  }

  @Test func aBuildIsPublishedVerifiedAndLeavesNothing() throws {
    let before = try HostState(concerning: checkout.fixture.directory)
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let name = "test-master-amd64-amd64.1.base"
    let published = try checkout.publishedDirectory()
    #expect(published.lastComponent?.string == name)
    let names = Set(try Shell.run("ls '\(published)'").lines)
    let expected =
      [
        "img.zst", "img.zst.sha256", "img.zst.asc", "img.zst.size", "img.sha256", "img.asc",
        "manifest.json", "inputs.json", "config.ini", "ostree.txt", "check.json",
        "build.txt",
      ].map { "\(name).\($0)" } + ["SHA256SUMS", "SHA256SUMS.gpg"]
    #expect(names == Set(expected))
    try Shell.run(
      """
      cd '\(published)'; sha256sum --quiet -c SHA256SUMS
      gpg() { command gpg --homedir '\(checkout.signingKey.home)' --batch --quiet "$@" 2>&1; }
      gpg --verify SHA256SUMS.gpg SHA256SUMS
      gpg --verify \(name).img.zst.asc \(name).img.zst
      zstd -qdk \(name).img.zst; gpg --verify \(name).img.asc \(name).img
      sha256sum --quiet --strict -c *.sha256
      [ "$(stat -c %s \(name).img)" = "$(cat \(name).img.zst.size)" ]; rm \(name).img
      """)
    let left = try Shell.run("ls -A '\(checkout.cache)/build/test-master-amd64-amd64-base'").lines
    #expect(left == ["out"])
    #expect(try HostState(concerning: checkout.fixture.directory) == before)
  }

  @Test func theImageHoldsTheDeploymentAsDesigned() throws {
    try checkout.addHook(
      "image", "50-mark",
      "echo marked > \"$OSTREE_DEPLOYMENT\"/etc/mark\nmkfifo \"$OSTREE_VAR\"/pipe\n")
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let published = try checkout.publishedDirectory()
    let image = checkout.fixture.path("image")
    try Shell.run("zstd -qdc '\(published)'/*.img.zst > '\(image)'")
    let partitions = try Shell.run("sfdisk --json '\(image)'").output
    #expect(partitions.contains("\"attrs\": \"GUID:55\""))
    let start = try Shell.run(
      "sfdisk -d '\(image)' | sed -n '/4F68BCE3/s/.*start= *\\([0-9]*\\).*/\\1/p'"
    )
    .lines[0]
    let root = "'\(image)?offset=\(Int(start)! * 512)'"
    try Shell.run("e2fsck -fn \(root)")
    func debugfs(_ request: String) throws -> String {
      try Shell.run("debugfs -R '\(request)' \(root) 2>/dev/null").output
    }
    let deployment = "/ostree/deploy/eos/deploy/\(checkout.repository.commit).0"
    #expect(try debugfs("cat \(deployment)/etc/mark") == "marked\n")
    #expect(try debugfs("stat \(deployment)").contains("Flags: 0x80010"))
    #expect(
      try debugfs("ea_get -V / user.eos-image-version").contains("test-master-amd64-amd64.1.base"))
    #expect(try debugfs("cat \(deployment).origin").contains("unconfigured-state="))
    #expect(
      try debugfs("cat /ostree/repo/refs/remotes/eos/os/test/amd64/master")
        == "\(checkout.repository.commit)\n")
    #expect(!(try debugfs("cat /ostree/repo/config")).contains("[remote"))
    let entry = try debugfs("cat /boot/loader/entries/ostree-1-eos.conf")
    #expect(
      entry.contains(
        "options root=LABEL=ostree rw splash plymouth.ignore-serial-consoles quiet loglevel=0 "
          + "systemd.firstboot=no ostree=/ostree/boot."))
    #expect(try debugfs("cat /boot/grub/grub.cfg") == "set timeout=1\n")
    #expect(try debugfs("cat \(deployment)/etc/resolv.conf") == "tree resolver\n")
    #expect(try debugfs("stat /ostree/deploy/eos/var/pipe").contains("Type: FIFO"))
  }

  @Test func aSecondDiskHasWhatIsInVar() throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nsecond_disk = true\nqcow2 = true\nvm_image = true\n")
    try checkout.addHook("image", "50-mark", "echo marked > \"$OSTREE_VAR\"/mark\n")
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let published = try checkout.publishedDirectory()
    let (first, second) = (checkout.fixture.path("first"), checkout.fixture.path("second"))
    let left = try Shell.run("ls '\(checkout.cache)/build/test-master-amd64-amd64-base'").lines
    #expect(left == ["out"])
    try Shell.run(
      """
      cd '\(published)'; v=test-master-amd64-amd64.1.base
      gpg --homedir '\(checkout.signingKey.home)' --verify $v.disk2.img.zst.asc $v.disk2.img.zst
      zstd -qd $v.disk2.img.zst -o '\(second)'; zstd -qd $v.img.zst -o '\(first)'
      gpg --homedir '\(checkout.signingKey.home)' --verify $v.disk2.img.asc '\(second)'
      ls $v.disk2.qcow2{,.sha256,.asc}
      """)
    func debugfs(_ request: String, _ image: FilePath) throws -> String {
      let start = try Shell.run("sfdisk -d '\(image)' | sed -n 's/.*start= *\\([0-9]*\\).*/\\1/p'")
      let offset = try #require(Int(start.lines.last ?? "")) * 512
      return try Shell.run("debugfs -R '\(request)' '\(image)?offset=\(offset)' 2>/dev/null").output
    }
    #expect(try debugfs("cat /mark", second) == "marked\n")
    #expect(try debugfs("ls -p /ostree/deploy/eos/var", first).split(separator: "\n").count == 2)
    let deployment = "/ostree/deploy/eos/deploy/\(checkout.repository.commit).0"
    #expect(try debugfs("cat \(deployment)/etc/fstab", first) == "\(VarMount.line)\n")
    func verify() throws -> Outcome {
      try checkout.build(
        ["--verify", published.string, "--key", checkout.signingKey.publicKey.string])
    }
    let verification = try verify()
    #expect(verification.status == 0, "\(verification.errors)")
    try Shell.run("printf x >>'\(published)'/*.disk2.img.sha256")
    let refusal = try verify()
    #expect(refusal.status == 65 && refusal.errors.contains("disk2.img.sha256: says"), "\(refusal)")
  }

  @Test func theTreeIsLinkedNotCopied() throws {
    try checkout.addHook(
      "image", "50-links",
      "(( $(stat -c %h \"$OSTREE_DEPLOYMENT\"/usr/bin/bash) >= 3 )) || { echo copied; exit 1; }\n")
    let outcome = try checkout.build(["--dry-run"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func outputsThatChangedAfterTheyWereMadeAreNotPublished() throws {
    for (name, script) in [
      ("50-change", "printf x >> \"$(eib_outfile img.zst)\""),
      ("50-remove", "rm \"$(eib_outfile ostree.txt)\""),
      ("50-add", "echo > \"$EIB_OUTDIR\"/stranger"),
      ("50-sign", "echo > \"$(eib_outfile img.zst).asc\""),
    ] {
      try checkout.fixture.write(
        "checkout/buildscript",
        """
        set -e; . "$EIB_BASELIB"
        trap '"$EIB_PROGRAM" stage error; exit 2' ERR
        for stage in ostree image manifest; do "$EIB_PROGRAM" stage $stage; done
        \(script)
        for stage in check publish; do "$EIB_PROGRAM" stage $stage; done
        """)
      try checkout.expectFailure(
        try checkout.build(), 2, "the outputs do not verify:")
      let published = try Shell.run("find '\(checkout.published)' -name SHA256SUMS")
      #expect(published.output == "", "\(name)")
    }
  }

  @Test(arguments: ["gz", "xz"])
  func otherCompressionsGiveTheSameImage(compression: String) throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\ncompression = \(compression)\n")
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let published = try checkout.publishedDirectory()
    let tool = compression == "gz" ? "gzip" : "xz"
    try Shell.run(
      """
      cd '\(published)'
      [ "$(\(tool) -dc *.img.\(compression) | sha256sum | cut -c -64)" = "$(cut -c -64 *.base.img.sha256)" ]
      """)
  }

  @Test func theSystemFollowsTheDeployURL() throws {
    try checkout.fixture.write(
      "checkout/config/local.ini", "[ostree]\ndeploy_url = https://updates.invalid/repo\n")
    let outcome = try checkout.build(["--stages", "ostree,image"], environment: [:])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("unconfigured"))
  }

  @Test func aDryRunPublishesNothing() throws {
    let outcome = try checkout.build(["--dry-run"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("publish: skipped: this is a dry run"))
    let place = "\(checkout.published)/test/master/amd64/amd64/base/test-master-amd64-amd64."
    #expect(
      outcome.errors.contains(#/publish: would publish \d+ files, [0-9.]+ MB, to /#)
        && outcome.errors.contains(" MB, to \(place)"), "\(outcome.errors)")
    #expect(!checkout.fixture.exists("published"))
  }

  @Test func privateValuesReachHooksAndNothingElse() throws {
    let secret = "sentinel-4711"
    try checkout.fixture.write("etc/private.ini", "[site]\ntoken = \(secret)\n", mode: 0o600)
    try checkout.addHook(
      "image", "50-token", "[ \"$EIB_SITE_TOKEN\" = \(secret) ]; echo \"$EIB_SITE_TOKEN\"\n")
    let outcome = try checkout.build(["--build-version", "1"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains(secret))
    #expect(outcome.errors.contains("<private>"))
    let found = try Shell.run(
      "grep -rlF \(secret) '\(checkout.cache)' '\(checkout.published)' || true")
    #expect(found.output == "")
  }
}
