import SystemPackage
import TestSupport
import Testing

/// The results of `--verify` for the outputs of a real build, and for modified copies of them.
@Suite(.serialized, OneBuild()) struct VerificationTests {
  private func build() throws -> VerifiedBuild { try #require(VerifiedBuild.current) }

  private func expectRefusal(
    _ tampering: Tampering, _ arguments: [String]
  ) throws {
    let build = try build()
    let outcome = try build.verify(try build.copy(tampering.script), arguments)
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.output == "")
    let lines = outcome.errors.split(separator: "\n")
    #expect(
      lines.contains {
        $0.hasPrefix("image-builder: error: \(tampering.file): ")
          && (tampering.text.isEmpty || $0.contains(tampering.text))
      }, "\(outcome.errors)")
    #expect(
      lines.allSatisfy { line in
        ["error: ", "and 10 more messages"].contains { line.hasPrefix("image-builder: \($0)") }
      }, "\(outcome.errors.suffix(500))")
  }

  @Test func goodOutputsAreVerifiedByAnybody() throws {
    let build = try build()
    let directory = try build.copy(
      """
      for record in build.txt console-{uefi,bios}.txt screen-{uefi,bios}.png; do
        echo > $v.$record
      done
      chmod a+rx '\(build.checkout.fixture.directory)'
      """)
    try Shell.run("chmod a+r '\(build.checkout.signingKey.publicKey)'")
    let outcome = try Shell.start(
      "/usr/bin/setpriv",
      [
        "--reuid=65534", "--regid=65534", "--clear-groups",
        build.checkout.directory.appending("bin/image-builder").string, "--verify",
        directory.string,
      ] + build.key)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let (commit, key) = (build.checkout.repository.commit, build.checkout.signingKey.fingerprint)
    #expect(
      outcome.output
        == "5 files verified; \(VerifiedBuild.version).img.zst boots commit \(commit); "
        + "signed by \(key)\n")
    #expect(outcome.errors == "")
    let left = try Shell.run("find /tmp /var/tmp -maxdepth 1 -name 'image-builder-*' -user 65534")
    #expect(left.output == "")
  }

  @Test func anotherVersionThanTheNameSaysIsRefused() throws {
    let build = try build()
    let directory = try build.copy("")
    let other = VerifiedBuild.version.replacing(#/\.[^.]+\./#, with: ".261130-000000.")
    for (name, isAccepted) in [(other, false), ("other-name", true), (VerifiedBuild.version, true)]
    {
      let named = directory.removingLastComponent().appending("named-\(name)").appending(name)
      try Shell.run("mkdir -p '\(named.removingLastComponent())'; cp -a '\(directory)' '\(named)'")
      let outcome = try build.verify(named, build.key)
      #expect(outcome.status == (isAccepted ? 0 : 65), "\(name) \(outcome.errors)")
      let text = "\(other): is the version \(VerifiedBuild.version) and not what its name says"
      #expect(outcome.errors.contains(text) != isAccepted, "\(outcome.errors)")
    }
  }

  @Test(arguments: Tampering.ofSignedOutputs)
  func spoiltOutputsAreRefused(tampering: Tampering) throws {
    try expectRefusal(tampering, try build().key)
  }

  @Test(arguments: Tampering.ofUnsignedOutputs + Tampering.ofImages)
  func wrongOutputsAreRefusedThoughTheirListsAgree(tampering: Tampering) throws {
    try expectRefusal(tampering, [])
  }

  @Test func unsignedOutputsAreVerifiedAndCalledSo() throws {
    let build = try build()
    let outcome = try build.verify(try build.copy("edit_image; pack_image"), [])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasSuffix("; not signed\n"))
  }

  /// Earlier versions wrote the digest alone.
  @Test func checksumFilesOfEarlierVersionsAreRead() throws {
    let build = try build()
    let old = try build.verify(
      build.copy("for file in *.sha256; do echo $(cut -c -64 $file) > $file; done"), build.key)
    #expect(old.status == 0, "\(old.errors)")
  }

  /// Hooks that publish may have added files after the manifest was written.
  @Test func aFileInTheSignedListAloneIsVerified() throws {
    let build = try build()
    let add =
      "echo x > extra; sha256sum extra >> SHA256SUMS; "
      + "sign --yes --armor -b -o SHA256SUMS.gpg SHA256SUMS"
    let outcome = try build.verify(try build.copy(add), build.key)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("6 files verified; "))
    let changed = try build.verify(try build.copy("\(add); echo y > extra"), build.key)
    #expect(changed.errors.contains("error: extra: its SHA-256 is "), "\(changed.errors)")
  }

  @Test func theConfigurationMayNameTheKey() throws {
    let build = try build()
    let unknown = try build.verify(build.outputs, [])
    #expect(unknown.status == 69)
    #expect(unknown.errors.contains("is signed (SHA256SUMS.gpg), but there is no key"))
    #expect(unknown.errors.contains("--key FILE, or set image:signing_public_keys"))
    let key = build.checkout.signingKey.publicKey
    try build.checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nsigning_public_keys = \(key)\n")
    defer { _ = try? build.checkout.fixture.write("checkout/config/local.ini", "") }
    let known = try build.verify(build.outputs, [])
    #expect(known.status == 0, "\(known.errors)")
    let other = try build.verify(build.outputs, ["--key", build.otherKey.publicKey.string])
    #expect(other.status == 65)
    #expect(
      other.errors.contains(
        "SHA256SUMS.gpg: does not verify as a signature of SHA256SUMS: No public key"))
    let both = try build.verify(
      build.outputs, ["--key", build.otherKey.publicKey.string, "--key", key.string])
    #expect(both.status == 0, "\(both.errors)")
  }

  @Test func aKeyThatCannotVouchIsRefused() throws {
    let build = try build()
    let home = build.checkout.fixture.path("revoked")
    try Shell.run(
      """
      cp -R '\(build.checkout.signingKey.home)' '\(home)'
      gpg() { command gpg --homedir '\(home)' --batch --quiet "$@"; }
      sed 's/^:---/---/' '\(home)'/openpgp-revocs.d/*.rev | gpg --import
      gpg --armor --export > '\(home).asc'; gpgconf --homedir '\(home)' --kill all
      echo nothing > '\(home).txt'
      """)
    let revoked = try build.verify(build.outputs, ["--key", "\(home).asc"])
    #expect(revoked.status == 65)
    #expect(
      revoked.errors.contains(
        "SHA256SUMS.gpg: does not verify as a signature of SHA256SUMS: Certificate revoked"))
    let none = try build.verify(build.outputs, ["--key", "\(home).txt"])
    #expect(none.status == 69)
    #expect(none.errors.contains("revoked.txt is not a file of public keys"))
    let missing = try build.verify(build.outputs, ["--key", "/nowhere"])
    #expect(missing.status == 69)
    #expect(missing.errors.contains("/nowhere is not a file of public keys"))
  }

  /// mtools fails if its configuration is invalid. This must not be treated as an empty partition.
  @Test func aToolThatFailsIsAFinding() throws {
    let build = try build()
    let broken = try build.checkout.fixture.write("mtools.conf", "drive a: nonsense=\n")
    let command = build.checkout.command(["--verify", build.outputs.string] + build.key)
    let outcome = try Shell.start(
      "/usr/bin/unshare",
      [
        "--mount", "/bin/sh", "-c", #"mount --bind "$0" /etc/mtools.conf && exec "$@""#,
        broken.string,
      ] + command)
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.errors.contains("damaged EFI system partition (mdir "), "\(outcome.errors)")
  }

  @Test func whatIsNoDirectoryIsRefused() throws {
    let build = try build()
    for path: FilePath in ["/nowhere", "/etc/passwd", "/dev/null"] {
      let outcome = try build.verify(path, build.key)
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains("\(path) is not a directory that can be read"))
    }
    #expect(try build.checkout.build(["--key", "x"]).status == 64)
    #expect(try build.verify("/tmp", ["--check"]).status == 64)
  }

  @Test func theCheckStageTellsWhatItVerified() throws {
    let build = try build()
    let check = try Shell.run("cat '\(build.outputs)'/*.check.json").output
    #expect(check.contains("\"fingerprint\" : \"\(build.checkout.signingKey.fingerprint)\""))
    #expect(check.contains("\"commit\" : \"\(build.checkout.repository.commit)\""))
    #expect(check.contains("\"seconds\" : "))
  }
}
