import Foundation
import SystemPackage
import TestSupport
import Testing

/// Signatures of a service in place of a key of the host, and keys that will not do for long.
@Suite(.serialized) struct SigningTests {
  let checkout: CheckoutFixture
  /// The key of the service, which the build does not have.
  let service: SigningFixture

  init() throws {
    checkout = try CheckoutFixture()
    service = try SigningFixture(checkout.fixture, name: "service")
  }

  private func useService(_ script: String) throws {
    let program = try checkout.fixture.write("sign", "#!/bin/bash\n\(script)\n", mode: 0o755)
    try checkout.fixture.write(
      "checkout/config/local.ini",
      """
      [image]
      signing_keyid =
      signing_command = \(program) {file}
      signing_public_keys = \(service.publicKey)
      """)
  }

  /// gpg writes to its home, which is the host's.
  private var signs: String {
    """
    set -e; cp -R '\(service.home)' /tmp/home; trap 'rm -rf /tmp/home' EXIT
    gpg --homedir /tmp/home --batch --comment 'by the service' --armor -b "$1"
    gpgconf --homedir /tmp/home --kill all
    """
  }

  @Test func theServiceSignsWhateverAKeyWouldSign() throws {
    try useService(signs)
    try checkout.addHook(
      "image", "50-page",
      "echo page >\"$EIB_OUTDIR\"/page.html; sign_file \"$EIB_OUTDIR\"/page.html")
    try checkout.addHook(
      "publish", "50-list", "echo list >\"$EIB_OUTDIR\"/list; sign_file \"$EIB_OUTDIR\"/list")
    let outcome = try checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let name = "test-master-amd64-amd64.1.base"
    let outputs = checkout.cache.appending("build/test-master-amd64-amd64-base/out")
    for signature in [
      "\(name).img.asc", "\(name).img.zst.asc", "page.html.asc", "list.asc", "SHA256SUMS.gpg",
    ] {
      #expect(FileManager.default.fileExists(atPath: "\(outputs)/\(signature)"), "\(signature)")
    }
    let verified = try checkout.build(
      ["--verify", outputs.string, "--key", service.publicKey.string])
    #expect(verified.status == 0, "\(verified.errors)")
    #expect(verified.output.contains("signed by \(service.fingerprint)"))
  }

  @Test func aServiceThatCannotSignInABuildIsToldBeforeIt() throws {
    try useService("touch /usr/share/signing-service || exit 7")
    try checkout.expectFailure(
      try checkout.build(), 69, "image:signing_command did not sign signing-trial-test-",
      "ended with status 7", "Read-only file system")
    #expect(!checkout.fixture.exists("cache/build/test-master-amd64-amd64-base/ostree.txt"))
    try Shell.run("rm '\(checkout.fixture.path("sign"))'")
    try checkout.expectFailure(try checkout.build(), 69, "there is no such executable file")
    try checkout.fixture.write("etc/private.ini", "[image]\nsigning_keyid = \(service.fingerprint)")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nsigning_command = sign {file}\n")
    try checkout.expectFailure(
      try checkout.build(["--check"]), 65, "is set beside image:signing_keyid",
      "image:signing_public_keys is empty")
  }

  @Test func aKeyThatExpiresSoonIsToldBeforeTheBuild() throws {
    let (home, key) = (checkout.signingKey.home, checkout.signingKey.fingerprint)
    try Shell.run("gpg --homedir '\(home)' --batch --quiet --quick-set-expire \(key) seconds=7200")
    try checkout.expectFailure(
      try checkout.build(), 69, "names the key \(key)", "which expires on 20",
      "in less than the 1d of image:signing_key_min_validity; extend it")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nsigning_key_min_validity = 1h\n")
    let outcome = try checkout.build(["--stages", "ostree"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    try Shell.run(
      "gpg --homedir '\(service.home)' --batch --quiet --quick-set-expire "
        + "\(service.fingerprint) 1d; gpg --homedir '\(service.home)' --armor --export "
        + ">'\(service.publicKey)'")
    try useService(signs)
    try checkout.fixture.write(
      "checkout/config/product/test.ini", "[image]\nsigning_key_min_validity = 1w\n")
    try checkout.expectFailure(
      try checkout.build(), 69, "the key with which image:signing_command signs expires on 20",
      "in less than the 1w of")
  }

  /// A key that signs, but whose signatures nobody accepts yet.
  @Test func aKeyOfTheFutureIsToldBeforeTheBuild() throws {
    let home = checkout.signingKey.home
    try Shell.run(
      "gpg --homedir '\(home)' --batch --quiet --passphrase '' --faked-system-time "
        + "20900101T000000! --quick-gen-key 'Later <later@example.invalid>' ed25519 sign never")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[image]\nsigning_keyid = later@example.invalid\n")
    try checkout.expectFailure(try checkout.build(), 69, "image:signing_keyid")
  }
}
